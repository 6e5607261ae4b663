import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { currentOwner, isOwnerAlive } from '../../../src/adapters/system/owner.ts';

describe('this process as an owner', () => {
  it('is alive', () => {
    expect(isOwnerAlive(currentOwner())).toBe(true);
  });

  it('has another instance each time', () => {
    expect(currentOwner().instance).not.toBe(currentOwner().instance);
  });
});

describe.skipIf(process.platform !== 'linux')('an owner', () => {
  it('is dead when its number belongs to a process that was started at another time', () => {
    expect(isOwnerAlive({ ...currentOwner(), processStart: '1' })).toBe(false);
  });

  it('is dead when the machine was started again', () => {
    expect(isOwnerAlive({ ...currentOwner(), bootId: 'earlier' })).toBe(false);
  });

  it('counts as alive when it is on another machine', () => {
    expect(isOwnerAlive({ ...currentOwner(), host: 'elsewhere', bootId: 'other', pid: 1 })).toBe(true);
  });

  it('is dead as soon as it was killed', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const owner = { ...currentOwner(), pid, processStart: startOf(pid) };
    const aliveBefore = isOwnerAlive(owner);
    child.kill('SIGKILL');
    await once(child, 'exit');

    expect([aliveBefore, isOwnerAlive(owner)]).toEqual([true, false]);
  });
});

function startOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
}
