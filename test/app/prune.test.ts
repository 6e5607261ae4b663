import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openApp, type App } from '../../src/app/app.ts';
import { prune } from '../../src/app/prune.ts';
import type { RunOrigin } from '../../src/model/events.ts';
import type { RunStatus } from '../../src/model/states.ts';
import { alice, newRun, started } from '../support/sample-run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('pruning a project', () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder();
  });

  it('keeps the runs that open ones were made of, and those before them', async () => {
    const app = await open('');
    await create(app, 'first', 'failed');
    await create(app, 'second', 'failed', { run: 'first', kind: 'retry', attempt: 2 });
    await create(app, 'third', 'paused', { run: 'second', kind: 'retry', attempt: 3 });
    await create(app, 'unneeded', 'failed');

    const report = await prune(app, { policy: { keepForMs: 0 }, dryRun: false });

    expect(report.runs.map(({ id }) => id)).toEqual(['unneeded']);
    expect(report.needed).toEqual(['first', 'second']);
    const journal = await app.stores.journal();
    expect(
      journal
        .list({ limit: 10 })
        .map(({ id }) => id)
        .toSorted(compare),
    ).toEqual(['first', 'second', 'third']);
  });

  it('goes by runner.yaml, and by what is said now before that', async () => {
    const app = await open('retention: { keep_last: 5, statuses: [failed] }\n');
    await create(app, 'failed', 'failed');
    await create(app, 'succeeded', 'succeeded');

    const byFile = await prune(app, { policy: {}, dryRun: true });
    const byHand = await prune(app, { policy: { keepLast: 0 }, dryRun: true });

    expect(byFile.runs).toEqual([]);
    expect(byHand.runs.map(({ id }) => id)).toEqual(['failed']);
    expect((await app.stores.journal()).list({ limit: 10 })).toHaveLength(2);
  });

  it('removes nothing where nobody has said what is kept', async () => {
    const app = await open('');

    await expect(prune(app, { policy: { statuses: ['failed'] }, dryRun: false })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  async function open(config: string): Promise<App> {
    writeFileSync(join(folder, 'runner.yaml'), config);
    const app = await openApp({ cwd: folder, variables: {} });
    onTestFinished(() => app.close());
    return app;
  }
});

async function create(app: App, id: string, status: RunStatus, origin?: RunOrigin): Promise<void> {
  const journal = await app.stores.journal();
  const first = { ...started(1), ...(origin && { origin }) };
  await journal.create({ ...newRun(id, 1), status }, alice, [first]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
