import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCacheOn, readCacheSwitch, switchCache, watchCacheSwitch } from '../../src/app/cache-switch.ts';
import { chooseCacheSettings } from '../../src/app/cache-settings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the switch of the cache', () => {
  it('keeps what was said last', () => {
    const home = join(temporaryFolder(), 'new');

    expect(readCacheSwitch(home)).toBeUndefined();
    switchCache(home, 'off');
    expect(readCacheSwitch(home)).toBe('off');
    switchCache(home, 'on');
    expect(readCacheSwitch(home)).toBe('on');
  });

  it('counts as off when it cannot be read', () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'cache-switch'));

    expect(readCacheSwitch(home)).toBe('off');
  });

  it.each([
    [undefined, undefined, undefined, true],
    [undefined, undefined, 'off', false],
    [undefined, false, undefined, false],
    [undefined, false, 'on', true],
    [false, true, 'on', false],
    [true, false, undefined, true],
    [true, undefined, 'off', false],
  ] as const)('with the environment %s, runner.yaml %s and the switch %s gives %s', (variable, file, state, isOn) => {
    const environment = variable === undefined ? {} : { cacheEnabled: variable };
    const settings = chooseCacheSettings(environment, file === undefined ? {} : { enabled: file }, '/srv/ops');

    expect(isCacheOn(settings, state)).toBe(isOn);
  });

  it('is heard by processes that run', async () => {
    const home = temporaryFolder();
    const isOn = watchCacheSwitch(home, chooseCacheSettings({}, undefined, '/srv/ops'));
    expect(isOn()).toBe(true);

    switchCache(home, 'off');

    await expect.poll(isOn).toBe(false);
  });
});
