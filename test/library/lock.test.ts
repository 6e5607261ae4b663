import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contractHash, writeLock } from '../../src/language/lock/write-lock.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { libraryProject } from '../support/library.ts';

const lockFile = 'runner.lock.yaml';
const call = 'far/restart';

async function lockedWith(parameters: JsonObject): Promise<string> {
  const contract = { description: 'Restarts', parameters };
  return writeLock({ [call]: { ...contract, effect: 'write', hash: await contractHash(contract) } });
}

const takesId: JsonObject = { type: 'object', properties: { id: { type: 'string' } } };
const needsReason: JsonObject = { ...takesId, required: ['reason'] };

describe('a lock that changes while a program lives', () => {
  it('holds from then on: a call that does not fit it any more is refused', async () => {
    const files = { [lockFile]: await lockedWith(takesId) };
    const { runner, bridge, folder } = await libraryProject(() => ({ result: 1 }), files);
    expect(await runner.call(call, { id: 'srv-1' })).toMatchObject({ success: true });

    writeFileSync(join(folder, lockFile), await lockedWith(needsReason));

    await expect.poll(async () => (await runner.call(call, { id: 'srv-1' })).error?.code).toBe('invalid_params');
    const sent = bridge.calls.length;
    const { error } = await runner.call(call, { id: 'srv-1' });
    expect(error).toMatchObject({
      outcome: 'not_executed',
      message: expect.stringContaining('must have the member "reason"') as string,
    });
    expect(bridge.calls).toHaveLength(sent);
  });

  it('lets calls go on once it fits again', async () => {
    const files = { [lockFile]: await lockedWith(needsReason) };
    const { runner, folder } = await libraryProject(() => ({ result: 1 }), files);
    expect(await runner.call(call, { id: 'srv-1' })).toMatchObject({ success: false });

    writeFileSync(join(folder, lockFile), await lockedWith(takesId));

    await expect.poll(async () => (await runner.call(call, { id: 'srv-1' })).success).toBe(true);
  });
});
