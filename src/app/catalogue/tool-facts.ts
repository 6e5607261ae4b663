import { isJsonObject } from '../../model/json.ts';
import type { ToolAnnotations, ToolLock } from '../../model/tool-contract.ts';
import type { ToolFacts } from '../../model/tool-effects.ts';
import type { App } from '../app.ts';
import { projectCatalogue } from './project-catalogue.ts';
import { projectLock } from '../lock/project-lock.ts';

/** What the project knows of tools; undefined where it knows no more than their names. */
export async function toolFactsOf(app: App): Promise<ToolFacts | undefined> {
  const { tools: overlays } = app.configuration;
  const [trusted, lock] = await Promise.all([trustedAnnotations(app), projectLock(app.configuration)]);
  if (overlays.length === 0 && trusted === undefined && lock === undefined) return undefined;
  return { overlays, ...(lock && lockFacts(lock)), ...(trusted && { trusted }) };
}

function lockFacts(lock: ToolLock): Pick<ToolFacts, 'locked' | 'parameters' | 'outputs'> {
  const tools = Object.entries(lock);
  return {
    locked: Object.fromEntries(tools.flatMap(([name, { annotations }]) => (annotations ? [[name, annotations]] : []))),
    parameters: Object.fromEntries(
      tools.flatMap(([name, { parameters }]) => (isJsonObject(parameters) ? [[name, parameters]] : [])),
    ),
    outputs: Object.fromEntries(tools.flatMap(([name, { output }]) => (isJsonObject(output) ? [[name, output]] : []))),
  };
}

/** Of the catalogue as last read; only projects that trust a server pay for reading it. */
async function trustedAnnotations(app: App): Promise<Readonly<Record<string, ToolAnnotations>> | undefined> {
  const { mcpServers } = app.configuration;
  const trusted = new Set(mcpServers.filter(({ trustsAnnotations }) => trustsAnnotations).map(({ name }) => name));
  if (trusted.size === 0) return undefined;
  const known = (await projectCatalogue(app))?.tools;
  if (known === undefined) return undefined;
  return Object.fromEntries(
    known.flatMap(({ server, name, annotations }) =>
      annotations && trusted.has(server) ? [[`${server}/${name}`, annotations]] : [],
    ),
  );
}
