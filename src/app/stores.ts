import type { SqliteCache } from '../adapters/sqlite/cache.ts';
import type { SqliteJournal } from '../adapters/sqlite/journal.ts';
import type { BreakerStore, CacheStore, Clock, Journal, Telemetry } from '../engine/ports.ts';
import type { Redactor } from '../model/redaction.ts';
import { redactedTelemetry } from './redacted-telemetry.ts';

export interface StoresOptions {
  /** Where all files lie; made private to this user when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
}

/** The project's files on disk. Each is opened when it is first asked for; `close` closes what was opened. */
export class Stores {
  readonly #options: StoresOptions;
  #journal: Promise<SqliteJournal> | undefined;
  #telemetry: Promise<Telemetry> | undefined;
  #cache: Promise<SqliteCache> | undefined;

  constructor(options: StoresOptions) {
    this.#options = options;
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

  cache(): Promise<CacheStore> {
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
    (await cache?.catch(() => undefined))?.close();
    await (await journal?.catch(() => undefined))?.close();
  }

  #openJournal(): Promise<SqliteJournal> {
    this.#journal ??= openJournalFile(this.#options);
    return this.#journal;
  }

  async #openTelemetry(): Promise<Telemetry> {
    const { folder, clock, redactor } = this.#options;
    const { openTelemetry } = await import('../adapters/sqlite/telemetry.ts');
    return redactedTelemetry(openTelemetry({ folder, clock }), redactor);
  }

  async #openCache(): Promise<SqliteCache> {
    const { folder, clock } = this.#options;
    const [{ createSqliteCache }, { currentOwner }] = await Promise.all([
      import('../adapters/sqlite/cache.ts'),
      import('../adapters/system/owner.ts'),
    ]);
    return createSqliteCache({ folder, bootId: currentOwner().bootId, now: () => clock.now() });
  }
}

async function openJournalFile({ folder, clock }: StoresOptions): Promise<SqliteJournal> {
  const [{ openJournal }, { isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/journal.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  return openJournal({ folder, clock, isAlive: isOwnerAlive });
}
