import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { replacement, stagedFile } from '../../src/adapters/sqlite/restore-journal.ts';
import { openApp, type App } from '../../src/app/app.ts';
import { backUp } from '../../src/app/backup.ts';
import { restore } from '../../src/app/restore.ts';
import type { RunEvent } from '../../src/model/events.ts';
import type { RunStatus } from '../../src/model/states.ts';
import { alice, bob, fired, newRun, numbers, started } from '../support/sample-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'runner.yaml'), '');
});

describe('a backup', () => {
  it('is whole and says what it holds', async () => {
    await withApp(async (app) => {
      await create(app, 'run-1', 'succeeded');
      (await app.stores.limits()).limits.take({ turn: { key: 'k', max: 1, perMs: 1_000 } }, 1);
      await backUp(app, 'monday');
    });

    const manifest = JSON.parse(readFileSync(join(folder, 'monday/manifest.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({ format: 1, files: [{ name: 'journal.db' }, { name: 'limits.db' }] });
    for (const name of ['journal.db-wal', 'journal.db-shm'])
      expect(existsSync(join(folder, 'monday', name))).toBe(false);
  });

  it('is of one moment, though another process writes all the while', { timeout: 60_000 }, async () => {
    const writer = new URL('../power/journal-writer.ts', import.meta.url).pathname;
    mkdirSync(join(folder, '.runner'));
    const args = ['--import', 'tsx', writer, join(folder, '.runner'), '0'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const acknowledged: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => acknowledged.push(...chunk.toString().split('\n')));
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(200);

    const before = acknowledged.slice(0, -1).filter((line) => line.startsWith('run-'));
    await withApp((app) => backUp(app, 'monday'));
    child.kill('SIGKILL');

    await expect.poll(() => child.signalCode ?? child.exitCode, { timeout: 30_000 }).not.toBeNull();
    await withApp((app) => restore(app, 'monday'));
    await withApp(async (app) => {
      const journal = await app.stores.journal();
      const kept = new Set(
        numbers(5).flatMap((n) => keysOf(journal.events(`run-${n}`)).map((key) => `run-${n} ${key}`)),
      );
      expect(before.filter((line) => !kept.has(line))).toEqual([]);
    });
  });

  it('is not written over anything', async () => {
    mkdirSync(join(folder, 'monday'));
    writeFileSync(join(folder, 'monday/mine'), '');

    await withApp(async (app) => {
      await create(app, 'run-1', 'succeeded');
      await expect(backUp(app, 'monday')).rejects.toMatchObject({ code: 'USAGE' });
    });
  });

  it('is refused where there is nothing, and makes nothing', async () => {
    await withApp((app) => expect(backUp(app, 'monday')).rejects.toMatchObject({ code: 'USAGE' }));

    expect(existsSync(join(folder, '.runner/journal.db'))).toBe(false);
    expect(existsSync(join(folder, 'monday'))).toBe(false);
  });
});

describe('a restore', () => {
  it('brings back what was there, and keeps what it replaces', async () => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));
    await withApp((app) => create(app, 'after', 'succeeded'));

    const { replaced } = await withApp((app) => restore(app, 'monday'));

    expect(await runs()).toEqual(['before']);
    copyFileSync(join(replaced ?? '', 'journal.db'), join(folder, '.runner/journal.db'));
    expect(await runs()).toEqual(['after', 'before']);
  });

  it('pauses what was open then, so that nothing is done a second time unasked', async () => {
    await backedUp(async (app) => {
      for (const status of ['running', 'waiting', 'succeeded', 'needs_attention'] as const)
        await create(app, status, status);
      const journal = await app.stores.journal();
      await journal.create({ ...newRun('queued', 1), status: 'queued' }, undefined, [started(1)]);
    });

    const { paused } = await withApp((app) => restore(app, 'monday'));

    expect(paused).toEqual(['running', 'waiting', 'queued']);
    await withApp(async (app) => {
      const journal = await app.stores.journal();
      for (const run of paused) expect(journal.find(run)).toMatchObject({ status: 'paused', epoch: 2 });
      expect(journal.find('needs_attention').status).toBe('needs_attention');
      expect(journal.events('running').at(-1)).toMatchObject({ type: 'run.paused', by: 'runner restore' });
      expect(await journal.claimNext(bob, { now: app.clock.now() })).toBeUndefined();
      await expect(journal.append('running', 1, [fired('x')])).rejects.toMatchObject({ code: 'LEASE_LOST' });
    });
  });

  it('is refused while another process has the journal open', async () => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));

    await withApp(async (other) => {
      await create(other, 'mine', 'running');
      await withApp((app) => expect(restore(app, 'monday')).rejects.toMatchObject({ code: 'PROJECT_IN_USE' }));
      await (await other.stores.journal()).append('mine', 1, [fired('x')]);
    });

    expect(await runs()).toEqual(['mine', 'before']);
  });

  it('goes on where the present journal is damaged: that is what it is for', async () => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));
    truncateSync(join(folder, '.runner/journal.db'), 5_000);

    await withApp((app) => restore(app, 'monday'));

    expect(await runs()).toEqual(['before']);
  });

  it('goes on where there is no journal', async () => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));
    const other = temporaryFolder();
    writeFileSync(join(other, 'runner.yaml'), '');
    const backup = join(folder, 'monday');
    folder = other;

    const { replaced } = await withApp((app) => restore(app, backup));

    expect(replaced).toBeUndefined();
    expect(await runs()).toEqual(['before']);
  });

  it.each([
    ['changed', (file: string) => appendFileSync(file, 'x')],
    ['cut short', (file: string) => truncateSync(file, 4_096)],
  ])('refuses a backup that was %s, and leaves the project as it is', async (_, damage) => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));
    await withApp((app) => create(app, 'after', 'succeeded'));
    damage(join(folder, 'monday/journal.db'));

    await withApp((app) => expect(restore(app, 'monday')).rejects.toMatchObject({ code: 'BACKUP_UNUSABLE' }));

    expect(await runs()).toEqual(['after', 'before']);
  });

  it('refuses a folder that is no backup', async () => {
    mkdirSync(join(folder, 'empty'));

    await withApp((app) => expect(restore(app, 'empty')).rejects.toMatchObject({ code: 'BACKUP_UNUSABLE' }));
  });

  it('that was killed between two steps leaves the old journal or the new one, never none', async () => {
    await backedUp(async (app) => create(app, 'before', 'succeeded'));
    await withApp((app) => create(app, 'after', 'succeeded'));
    const home = join(folder, '.runner');
    const pristine = join(folder, 'pristine.db');
    copyFileSync(join(home, 'journal.db'), pristine);
    const place = { home, replaced: join(home, 'replaced'), isAlive: () => false, now: 1 };
    const steps = replacement(place, true).length;

    for (const cut of numbers(steps + 1)) {
      copyFileSync(pristine, join(home, 'journal.db'));
      for (const name of ['journal.db', 'limits.db']) {
        if (existsSync(join(folder, 'monday', name)))
          copyFileSync(join(folder, 'monday', name), stagedFile(home, name));
      }
      for (const step of replacement({ ...place, replaced: join(home, `replaced-${cut}`) }, true).slice(0, cut)) step();

      expect(await runs()).toEqual(cut === steps ? ['before'] : ['after', 'before']);
    }
  });
});

async function withApp<T>(use: (app: App) => Promise<T>): Promise<T> {
  const app = await openApp({ cwd: folder, variables: {} });
  try {
    return await use(app);
  } finally {
    await app.close();
  }
}

function backedUp(fill: (app: App) => Promise<unknown>): Promise<void> {
  return withApp(async (app) => {
    await fill(app);
    await backUp(app, 'monday');
  });
}

async function create(app: App, id: string, status: RunStatus): Promise<void> {
  const journal = await app.stores.journal();
  await journal.create({ ...newRun(id, app.clock.now()), status }, alice, [started(1)]);
}

function runs(): Promise<readonly string[]> {
  return withApp(async (app) => (await app.stores.journal()).list({ limit: 10 }).map(({ id }) => id));
}

function keysOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => ('key' in event ? [event.key] : []));
}
