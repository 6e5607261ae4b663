import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RunnerError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import { foreignServers } from './foreign-servers.ts';
import { findProject } from './project.ts';
import { displayPath, readProjectFile } from './workflow-files.ts';

/** Some clients keep much beside their servers. */
const mostForeignBytes = 16 * 1_048_576;

export interface ImportRequest {
  readonly cwd: string;
  /** The other client's file. */
  readonly file: string;
  /** True: entries of the same names are replaced. */
  readonly force: boolean;
}

export interface ImportReport {
  /** As people type it. */
  readonly file: string;
  readonly servers: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Takes the MCP servers of another client over into `runner.yaml`, which is created where there is none.
 * @throws RunnerError USAGE, CONFIG_INVALID: nothing was changed
 */
export async function importServers({ cwd, file, force }: ImportRequest): Promise<ImportReport> {
  const found = foreignServers(await readJson(resolve(cwd, file), file));
  if (found === undefined || Object.keys(found.servers).length === 0) {
    throw new RunnerError('USAGE', `${file} names no MCP server that can be taken over.`, {
      hint: found?.notes.join('\n') || 'It should have "mcpServers" (Claude Desktop, Cursor) or "servers" (VS Code).',
    });
  }
  const { root, configFile } = findProject(cwd);
  const target = configFile ?? join(root, 'runner.yaml');
  const shown = displayPath(target, cwd);
  const before = configFile === undefined ? '' : textOf(await readProjectFile(configFile, shown, 'CONFIG_INVALID'));
  const { withServers } = await import('../language/server-entries.ts');
  const edited = withServers(before, found.servers, { replace: force });
  if (!edited.ok) throw refusal(edited, shown);
  await writeFile(`${target}.new`, edited.text);
  await rename(`${target}.new`, target);
  return { file: shown, servers: Object.keys(found.servers), notes: found.notes };
}

type Refused = { readonly reason: string; readonly names?: readonly string[] };

function refusal({ reason, names = [] }: Refused, file: string): RunnerError {
  if (reason === 'taken') {
    return new RunnerError('USAGE', `${file} has these servers already: ${names.join(', ')}.`, {
      hint: 'Add --force to replace them.',
    });
  }
  if (reason === 'unreadable') {
    return new RunnerError('CONFIG_INVALID', `${file} cannot be read as YAML.`, {
      hint: 'See why with: runner doctor',
    });
  }
  return new RunnerError('CONFIG_INVALID', `The servers of ${file} are written in braces, and cannot be added to.`, {
    hint: 'Write "mcpServers" with one server below the other first.',
  });
}

async function readJson(path: string, file: string): Promise<Json> {
  const text = textOf(await readProjectFile(path, file, 'USAGE', mostForeignBytes));
  try {
    return JSON.parse(plainJson(text)) as Json;
  } catch (cause) {
    throw new RunnerError('USAGE', `${file} is not JSON.`, { hint: 'Name the configuration of an MCP client.', cause });
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}

/** Without the comments and the last commas that editors allow. */
function plainJson(text: string): string {
  const token = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=\s*[}\]])/g;
  return text.replace(/^\ufeff/, '').replaceAll(token, (found) => (found.startsWith('"') ? found : ''));
}
