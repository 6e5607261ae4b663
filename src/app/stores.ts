import type { Sealer } from '../adapters/sealing/sealer.ts';
import type { JournalOptions, SqliteJournal } from '../adapters/sqlite/journal.ts';
import type { Pruner } from '../adapters/sqlite/journal-prune.ts';
import type { LimitsFile } from '../adapters/sqlite/limits.ts';
import type { CacheStore, Clock, Journal, Ledger, Telemetry } from '../engine/ports.ts';
import type { ManualStore } from '../model/manual-work.ts';
import type { RunnerError } from '../model/errors.ts';
import type { Configuration } from './configuration.ts';
import type { ProjectCache } from './project-cache.ts';
import type { Variables } from './environment.ts';
import { openSealer } from './secrets/open-sealer.ts';
import { redactedTelemetry } from './redacted-telemetry.ts';

export interface StoresOptions {
  readonly configuration: Configuration;
  readonly variables: Variables;
  readonly clock: Clock;
}

/** What has been recorded of runs. */
type JournalRecords = Pick<Journal, 'events' | 'find' | 'list' | 'definition'> & {
  readonly state: Pick<Journal['state'], 'get' | 'list'>;
  readonly ledger: Pick<Ledger, 'budgets' | 'costs'>;
};

/** The project's files on disk, in a folder that is made private to this user when it is missing. Each is opened when it is first asked for; `close` closes what was opened. */
export class Stores {
  readonly #options: StoresOptions;
  #journal: Promise<SqliteJournal> | undefined;
  #records: SqliteJournal | undefined;
  #sealed: Promise<Journal> | undefined;
  #sealer: Promise<Sealer> | undefined;
  #telemetry: Promise<Telemetry> | undefined;
  #cache: Promise<ProjectCache> | undefined;
  #limits: Promise<LimitsFile> | undefined;
  #onFull: (fault: RunnerError) => void = () => undefined;

  constructor(options: StoresOptions) {
    this.#options = options;
  }

  /** Tells a listener when runs pause because the disk is full. */
  onFull(listener: (fault: RunnerError) => void): void {
    this.#onFull = listener;
  }

  /** @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_TOO_NEW; CONFIG_INVALID for an unfit key */
  journal(): Promise<Journal> {
    this.#sealed ??= this.#openSealed();
    return this.#sealed;
  }

  /**
   * The journal to be read, also where the disk is full or nothing can be written there.
   * @throws RunnerError STORAGE_UNUSABLE, STORAGE_CORRUPT, STORAGE_TOO_NEW
   */
  async records(): Promise<JournalRecords> {
    if (this.#records !== undefined) return this.#sealedOver(this.#records);
    try {
      await this.#openJournal();
    } catch (error) {
      const { openJournalForReading } = await import('../adapters/sqlite/journal.ts');
      this.#records ??= openJournalForReading(await journalOptions(this.#options), error);
      return this.#sealedOver(this.#records);
    }
    return this.journal();
  }

  /** Limits and circuit breakers. */
  limits(): Promise<LimitsFile> {
    this.#limits ??= openLimitsFile(this.#options);
    return this.#limits;
  }

  /** In the journal's file, and sealed like the journal. */
  async manualWork(): Promise<ManualStore> {
    const [journal, sealer, { openManualWork }, { sealedManualStore }] = await Promise.all([
      this.#openJournal(),
      this.#openSealer(),
      import('../adapters/sqlite/manual-work.ts'),
      import('../adapters/sealing/sealed-manual-store.ts'),
    ]);
    return sealedManualStore(openManualWork(journal), sealer);
  }

  /** Removes runs from the journal. */
  async pruner(): Promise<Pruner> {
    const [journal, { openPruner }] = await Promise.all([
      this.#openJournal(),
      import('../adapters/sqlite/journal-prune.ts'),
    ]);
    return openPruner(journal);
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
    const [journal, telemetry, cache, limits] = [this.#journal, this.#telemetry, this.#cache, this.#limits];
    this.#journal = this.#sealed = this.#telemetry = this.#cache = this.#limits = undefined;
    // What could not be opened was reported to whoever asked for it.
    (await telemetry?.catch(() => undefined))?.close();
    await (await cache?.catch(() => undefined))?.close();
    (await limits?.catch(() => undefined))?.close();
    await (await journal?.catch(() => undefined))?.close();
    await this.#records?.close();
  }

  async #openSealed(): Promise<Journal> {
    return this.#sealedOver(await this.#openJournal());
  }

  async #sealedOver(journal: Journal): Promise<Journal> {
    const [sealer, { sealedJournal }] = await Promise.all([
      this.#openSealer(),
      import('../adapters/sealing/sealed-journal.ts'),
    ]);
    return sealedJournal(journal, sealer);
  }

  #openSealer(): Promise<Sealer> {
    this.#sealer ??= openSealer(this.#options.configuration, this.#options.variables);
    return this.#sealer;
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

async function openLimitsFile({ configuration, clock }: StoresOptions): Promise<LimitsFile> {
  const [{ openLimits }, { currentOwner, isOwnerAlive }] = await Promise.all([
    import('../adapters/sqlite/limits.ts'),
    import('../adapters/system/owner.ts'),
  ]);
  const now = (): number => clock.now();
  return openLimits({ folder: configuration.home, owner: currentOwner(), isAlive: isOwnerAlive, now });
}

/** The journal in a project's storage folder. */
export async function openJournalFile(
  place: JournalPlace,
  onFull: (fault: RunnerError) => void,
): Promise<SqliteJournal> {
  const { openJournal } = await import('../adapters/sqlite/journal.ts');
  return openJournal({ ...(await journalOptions(place)), onFull });
}

interface JournalPlace {
  readonly configuration: Pick<Configuration, 'home'>;
  readonly clock: Clock;
}

async function journalOptions({ configuration, clock }: JournalPlace): Promise<JournalOptions> {
  const { isOwnerAlive } = await import('../adapters/system/owner.ts');
  return { folder: configuration.home, clock, isAlive: isOwnerAlive };
}
