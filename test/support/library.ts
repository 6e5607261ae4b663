import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createRunner } from '../../src/interfaces/library/index.ts';
import type { Runner } from '../../src/interfaces/library/index.ts';
import { startSmallBridge } from './small-bridge.ts';
import type { SmallBridge } from './small-bridge.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LibraryProject {
  readonly folder: string;
  readonly bridge: SmallBridge;
  readonly runner: Runner;
  /** Another one in the same project. */
  readonly another: () => Runner;
}

/** A project whose bridge answers as told, and a runner for it; all is closed when the test has ended. */
export async function libraryProject(
  answer: Parameters<typeof startSmallBridge>[0],
  files: Readonly<Record<string, string>> = {},
  variables: Readonly<Record<string, string>> = {},
): Promise<LibraryProject> {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const bridge = await startSmallBridge(answer);
  onTestFinished(() => bridge.close());
  const another = (): Runner => {
    const env = { ...variables, MCP_BRIDGE_URL: bridge.url, MCP_RETRY_DELAY_BASE: '0' };
    const runner = createRunner({ cwd: folder, env });
    onTestFinished(() => runner.close());
    return runner;
  };
  return { folder, bridge, runner: another(), another };
}
