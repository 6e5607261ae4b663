import type { ToolAction } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import { isJsonObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { calledTool, fullName } from '../../model/tool-versions.ts';
import type { App } from '../app.ts';
import { unfitParams } from '../unfit-params.ts';
import { sourcesOf } from './project-catalogue.ts';

/** Refuses calls that do not fit what their tool takes, where the catalogue knows that well enough. */
export interface CatalogueGuard {
  knows(action: ToolAction): boolean;
  check(action: ToolAction): Promise<Fault | undefined>;
}

/** What was read longer ago decides nothing: the tool may be another one by now. */
const freshMs = 86_400_000;
/** A long-lived process looks so often whether the catalogue was read anew. */
const lookAgainMs = 500;
const mostRemembered = 1_000;

/** One row is looked up for each tool; where the catalogue says nothing of it, nothing is loaded. */
export async function openCatalogueGuard(app: App): Promise<CatalogueGuard> {
  const telemetry = await app.stores.telemetry();
  const sources = sourcesOf(app.configuration);
  const remembered = new Map<string, { readonly schema: JsonObject | undefined; readonly lookedAt: number }>();
  const loadCheck = once(async () => (await import('../../language/schema-check.ts')).createSchemaCheck());

  function lookUp(action: ToolAction): JsonObject | undefined {
    const called = calledTool(action, app.configuration.tools);
    if (called === undefined) return undefined;
    const stored = telemetry.catalogue(sources.all, called);
    const tool = stored?.tools.find(({ source }) => source === sources.of(called.server));
    const isFresh = tool !== undefined && app.clock.now() - tool.lastSeenAt < freshMs;
    // Its server did not answer when the others were read last.
    const isStale = tool !== undefined && tool.lastSeenAt < (stored?.at ?? 0);
    return isFresh && !isStale && isJsonObject(tool.parameters) ? tool.parameters : undefined;
  }

  function schemaOf(action: ToolAction): JsonObject | undefined {
    const name = fullName(action);
    const known = remembered.get(name);
    const now = performance.now();
    if (known && now - known.lookedAt < lookAgainMs) return known.schema;
    const schema = lookUp(action);
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(name, { schema, lookedAt: now });
    return schema;
  }

  return {
    knows: (action) => schemaOf(action) !== undefined,
    async check(action) {
      const schema = schemaOf(action);
      if (schema === undefined) return undefined;
      const violations = await (await loadCheck()).violations(schema, action.params);
      // A schema that cannot be used says nothing about the call.
      const known = violations.filter(({ unusable }) => unusable !== true);
      const name = fullName(action);
      const hint = `\`runner tools ${name}\` shows what it takes; \`runner tools sync\` refreshes what is known of it.`;
      return unfitParams(action, known, hint);
    },
  };
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}
