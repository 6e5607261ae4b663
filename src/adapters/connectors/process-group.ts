import { readdirSync, readFileSync } from 'node:fs';

/** False when the group has no member left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/**
 * True while a member of the group runs. A dead one that nobody has reaped, as in a container without an init
 * process, still takes signals, so that the kernel's list is asked where there is one.
 */
export function isGroupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.some((pid) => isLivingMember(pid, group));
  } catch {
    return true;
  }
}

/** Fields of `/proc/<pid>/stat` after the name, which may hold anything: state, parent, group. */
function isLivingMember(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(itsGroup) === group && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
