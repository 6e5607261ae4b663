import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMcpServer } from '../../../src/adapters/connectors/mcp/mcp-server.ts';
import type { CallContext, ToolServer } from '../../../src/engine/ports.ts';
import { createSchemaCheck } from '../../../src/language/schema-check.ts';
import type { StepResult, ToolAction } from '../../../src/model/actions.ts';
import type { McpServer, McpTarget } from '../../../src/model/mcp-servers.ts';

export const never = new AbortController().signal;
export const context: CallContext = { idempotencyKey: 'key-1', run: 'run-1', step: 'step', attempt: 1 };

/** A folder for a test, removed by the caller. */
export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'runner-mcp-')));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function toolCall(tool: string, params: ToolAction['params'] = {}): ToolAction {
  return { kind: 'tool', server: 'toy', tool, params };
}

/** The connector for a server, with the settings of `runner.yaml` that matter to a test. */
export function connectorFor(target: McpTarget, home: string, settings: Partial<McpServer> = {}): ToolServer {
  return createMcpServer(serverAt(target, settings), {
    root: process.cwd(),
    home,
    schemaCheck: createSchemaCheck(),
    clientVersion: '1.0.0',
    allowHosts: [],
  });
}

/** A server as `runner.yaml` describes it. */
export function serverAt(target: McpTarget, settings: Partial<McpServer> = {}): McpServer {
  return {
    name: 'toy',
    target,
    connectTimeoutMs: 10_000,
    idleStopMs: 300_000,
    concurrency: 100,
    trustsAnnotations: false,
    era: 'auto',
    ...settings,
  };
}

/** A toy server over stdio; what it leaves in `folder` tells what happened to it. */
export function toyTarget(folder: string, mode = ''): McpTarget {
  return { kind: 'stdio', command: process.execPath, args: [serverFile('toy-stdio.mjs'), mode, folder], env: {} };
}

export function serverFile(name: string): string {
  return fileURLToPath(new URL(`servers/${name}`, import.meta.url));
}

export function perform(server: ToolServer, tool: string, params: ToolAction['params'] = {}): Promise<StepResult> {
  return server.call(toolCall(tool, params), context, new AbortController().signal);
}

/** The toy servers that were started there, and their children. */
export function startedPids(folder: string): readonly number[] {
  const file = join(folder, 'starts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
}

/** How many calls hang at the toy server of a folder. */
export function hangingCalls(folder: string): number {
  const file = join(folder, 'hanging');
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
}

/** False for a zombie, too, as it stays where no init process reaps it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc') || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
