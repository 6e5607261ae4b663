import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../../model/run-records.ts';

/** This process as an owner of runs. Each call gives another `instance`. */
export function currentOwner(): Owner {
  return {
    host: hostname(),
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    bootId: bootId(),
    instance: randomBytes(8).toString('hex'),
  };
}

/**
 * False only for a process that is surely dead: one of this machine that has ended or whose machine has been
 * restarted since. Of a process on another machine nothing is known, so it counts as alive.
 */
export function isOwnerAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  if (owner.bootId !== bootId()) return false;
  const start = processStart(owner.pid);
  // Without /proc the kernel still tells whether the number is in use.
  if (start === undefined) return !hasProc() && answers(owner.pid);
  return start === owner.processStart;
}

/**
 * When the process was started, in clock ticks since boot: a number that is used again has another start. Undefined
 * when there is no such process; a zombie has ended too.
 */
function processStart(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses, so the fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function hasProc(): boolean {
  return readText('/proc/self/stat') !== undefined;
}

function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
