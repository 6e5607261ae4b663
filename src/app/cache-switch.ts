import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheSettings } from './cache-settings.ts';

/** What `runner cache on` or `off` has said last; undefined where nobody has. */
export type SwitchState = 'on' | 'off' | undefined;

const fileName = 'cache-switch';

/** Processes that run already look again after this time. */
const lookEveryMs = 500;

/** How often this process has switched: its own runs follow at once. */
let ownSwitches = 0;

/** Switches the cache for this project, in all processes that run and in all to come. */
export function switchCache(home: string, state: 'on' | 'off'): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, fileName);
  writeFileSync(`${file}.${process.pid}`, `${state}\n`, { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  ownSwitches += 1;
}

export function readCacheSwitch(home: string): SwitchState {
  try {
    return readFileSync(join(home, fileName), 'utf8').trim() === 'on' ? 'on' : 'off';
  } catch (error) {
    // Where somebody has said something that cannot be read, nothing is cached rather than too much.
    return isMissing(error) ? undefined : 'off';
  }
}

/**
 * Whether results are looked up and kept. Nothing turns on what the environment, or somebody by hand, has turned off;
 * a switch by hand otherwise wins over `runner.yaml`.
 */
export function isCacheOn({ enabled, enabledFrom }: CacheSettings, state: SwitchState): boolean {
  if (state === 'off' || (!enabled && enabledFrom === 'MCP_CACHE_ENABLED')) return false;
  return state === 'on' || enabled;
}

/** Tells again and again whether the cache is on, at most half a second late where another process has switched it. */
export function watchCacheSwitch(home: string, settings: CacheSettings): () => boolean {
  let isOn = false;
  let lookAt = 0;
  let seenSwitches = ownSwitches;
  return () => {
    const now = performance.now();
    if (now >= lookAt || seenSwitches !== ownSwitches) {
      seenSwitches = ownSwitches;
      isOn = isCacheOn(settings, readCacheSwitch(home));
      lookAt = now + lookEveryMs;
    }
    return isOn;
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
