import type { Clock } from '../engine/ports.ts';
import { loadConfiguration } from './configuration.ts';
import type { Configuration } from './configuration.ts';
import type { Variables } from './environment.ts';
import { findProject, findProjectOfFile } from './project.ts';
import { Vault } from './secrets/vault.ts';
import { Stores } from './stores.ts';

/** A project in use: its configuration and its stores. Whoever opens it closes it. */
export interface App {
  /** What relative paths of a person mean. */
  readonly cwd: string;
  readonly configuration: Configuration;
  readonly stores: Stores;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Has something closed before the stores are. */
  closeFirst(close: () => Promise<void>): void;
  close(): Promise<void>;
}

export interface AppOptions {
  readonly cwd: string;
  readonly variables: Variables;
  readonly sandbox?: boolean;
  readonly readOnly?: boolean;
  /** Which of the `environments` of `runner.yaml`; absent: that of RUNNER_ENV, if any; null: none. */
  readonly environment?: string | null | undefined;
  /** `left_out`: what was recorded can be read though `runner.yaml` cannot be used. */
  readonly settings?: 'heeded' | 'left_out';
  /** A workflow file that a person named: its project is the one, where the current folder has none around it. */
  readonly file?: string;
}

/**
 * Opens the project around a folder. Nothing is opened on disk before it is needed.
 * @throws RunnerError CONFIG_INVALID, ENVIRONMENT_UNKNOWN
 */
export async function openApp(options: AppOptions): Promise<App> {
  const { cwd, variables, file, settings, sandbox = false, readOnly = false, environment } = options;
  const project = file === undefined ? findProject(cwd) : findProjectOfFile(file, cwd);
  const [configuration, { createClock }] = await Promise.all([
    loadConfiguration({ project, cwd, variables, sandbox, readOnly, environment, ...(settings && { file: settings }) }),
    import('../adapters/system/clock.ts'),
  ]);
  const clock = createClock();
  const stores = new Stores({ configuration, variables, clock });
  const closers: (() => Promise<void>)[] = [];
  return {
    cwd,
    configuration,
    stores,
    vault: new Vault(configuration, variables),
    clock,
    closeFirst: (close) => void closers.push(close),
    close: async () => {
      for (const close of closers.splice(0).toReversed()) await close();
      await stores.close();
    },
  };
}
