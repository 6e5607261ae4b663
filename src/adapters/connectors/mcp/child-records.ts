import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signalGroup } from '../process-group.ts';
import { processStart } from './process-start.ts';

/** Stands in the environment of every server process: what it leaves behind can be told from anything else. */
export const markVariable = 'RUNNER_MCP_CHILD';

interface ChildRecord {
  readonly pid: number;
  readonly start: string | undefined;
  readonly mark: string;
  readonly owner: { readonly pid: number; readonly start: string | undefined };
}

/**
 * Notes a server process in the project's storage folder, so that a later runner finds it should this one be killed.
 * @returns takes the note back
 */
export function recordChild(home: string, pid: number, mark: string): () => void {
  const folder = folderOf(home);
  const file = join(folder, `${pid}.json`);
  const owner = { pid: process.pid, start: processStart(process.pid) };
  const record: ChildRecord = { pid, start: processStart(pid), mark, owner };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(record), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** Ends what servers of killed runners left running, with all their children. Servers of living runners stay. */
export function reapOrphans(home: string): void {
  const folder = folderOf(home);
  for (const name of namesIn(folder)) {
    const record = readRecord(join(folder, name));
    if (record !== undefined && isAlive(record.owner)) continue;
    if (record !== undefined && isOurs(record)) signalGroup(record.pid, 'SIGKILL');
    rmSync(join(folder, name), { force: true });
  }
}

function isAlive({ pid, start }: ChildRecord['owner']): boolean {
  return start !== undefined && processStart(pid) === start;
}

/** The group may outlive its leader, whose number then tells nothing: its members still carry the mark. */
function isOurs({ pid, start, mark }: ChildRecord): boolean {
  if (start !== undefined && processStart(pid) === start) return true;
  return membersOf(pid).some((member) => readText(`/proc/${member}/environ`).includes(`${markVariable}=${mark}`));
}

function membersOf(group: number): readonly string[] {
  return namesIn('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const stat = readText(`/proc/${name}/stat`);
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group;
  });
}

/** Undefined for a file that was cut short: nothing is ever killed for what it says. */
function readRecord(file: string): ChildRecord | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<ChildRecord>;
    const isWhole = Number.isInteger(value.pid) && typeof value.mark === 'string' && value.owner !== undefined;
    return isWhole ? (value as ChildRecord) : undefined;
  } catch {
    return undefined;
  }
}

function folderOf(home: string): string {
  return join(home, 'mcp', 'children');
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
