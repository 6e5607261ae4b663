import type { SqliteJournal } from '../adapters/sqlite/journal.ts';
import type { BreakerStore, CacheStore, Clock, Journal, Telemetry } from '../engine/ports.ts';
import type { RunnerError } from '../model/errors.ts';
import type { Configuration } from './configuration.ts';
import type { ProjectCache } from './project-cache.ts';
import { redactedTelemetry } from './redacted-telemetry.ts';

export interface StoresOptions {
  readonly configuration: Configuration;
  readonly clock: Clock;
}

/** The project's files on disk, in a folder that is made private to this user when it is missing. Each is opened when it is first asked for; `close` closes what was opened. */
export class Stores {
  readonly #options: StoresOptions;
  #journal: Promise<SqliteJournal> | undefined;
  #telemetry: Promise<Telemetry> | undefined;
  #cache: Promise<ProjectCache> | undefined;
  #onFull: (fault: RunnerError) => void = () => undefined;

  constructor(options: StoresOptions) {
    this.#options = options;
  }

  /** Tells a listener when runs pause because the disk is full. */
  onFull(listener: (fault: RunnerError) => void): void {
    this.#onFull = listener;
  }

  /** @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_TOO_NEW */
  async journal(): Promise<Journal> {
    return this.#openJournal();
  }

  /** In the journal's file. */
  async breakers(): Promise<BreakerStore> {
    const [journal, { openBreakers }] = await Promise.all([
      this.#openJournal(),
      import('../adapters/sqlite/breakers.ts'),
    ]);
    return openBreakers(journal);
  }

  telemetry(): Promise<Telemetry> {
    this.#telemetry ??= this.#openTelemetry();
    return this.#telemetry;
  }

  async cache(): Promise<CacheStore> {
    return (await this.projectCache()).store;
  }

  projectCache(): Promise<ProjectCache> {
    this.#cache ??= this.#openCache();
    return this.#cache;
  }

  async sqliteVersion(): Promise<string> {
    const { store } = await this.#openJournal();
    return String(store.connection.prepare('SELECT sqlite_version()').pluck().get());
  }

  async close(): Promise<void> {
    const [journal, telemetry, cache] = [this.#journal, this.#telemetry, this.#cache];
    this.#journal = this.#telemetry = this.#cache = undefined;
    // What could not be opened was reported to whoever asked for it.
    (await telemetry?.catch(() => undefined))?.close();
    await (await cache?.catch(() => undefined))?.close();
    await (await journal?.catch(() => undefined))?.close();
  }

  #openJournal(): Promise<SqliteJournal> {
    this.#journal ??= openJournalFile(this.#options, (fault) => this.#onFull(fault));
    return this.#journal;
  }

  async #openTelemetry(): Promise<Telemetry> {
    const { configuration, clock } = this.#options;
    const { openTelemetry } = await import('../adapters/sqlite/telemetry.ts');
    return redactedTelemetry(openTelemetry({ folder: configuration.home, clock }), configuration.redactor);
  }

  async #openCache(): Promise<ProjectCache> {
    const { openProjectCache } = await import('./project-cache.ts');
    return openProjectCache(this.#options.configuration, this.#options.clock);
  }
}

/** The journal in a project's storage folder. */
export async function openJournalFile(
  { configuration, clock }: { readonly configuration: Pick<Configuration, 'home'>; readonly clock: Clock },
  onFull: (fault: RunnerError) => void,
): Promise<SqliteJournal> {
  const [{ openJournal }, { isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/journal.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  return openJournal({ folder: configuration.home, clock, isAlive: isOwnerAlive, onFull });
}
