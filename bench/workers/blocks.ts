import { statSync } from 'node:fs';
import { join } from 'node:path';
import { load, openRoom, start, type Loaded, type Room } from './room.ts';
import { loadOf, serve } from './serve.ts';

type Task =
  /** Goes over so many items, so many at once. */
  | { readonly kind: 'items'; readonly items: number; readonly atOnce: number }
  /** Leaves a run of 10 items in which all calls but the last of each item are done. */
  | { readonly kind: 'begin'; readonly steps: number }
  /** Continues it until its first call after that. */
  | { readonly kind: 'resume' }
  /** Queues so many runs. */
  | { readonly kind: 'queue'; readonly runs: number }
  /** Takes the first of them. */
  | { readonly kind: 'take' };

let room: Promise<Room> | undefined;
let started = 0;

serve(async ({ url, folder, task }: { readonly url: string; readonly folder: string; readonly task: Task }) => {
  const openedAt = performance.now();
  const opened = await (room ??= openRoom(folder, url));
  switch (task.kind) {
    case 'items':
      return goOver(opened, task);
    case 'begin':
      return begin(opened, folder, task.steps);
    case 'resume':
      return { ms: await resume(opened, openedAt) };
    case 'queue':
      return queue(opened, task.runs);
    case 'take':
      await opened.journal.claimNext(opened.owner, { now: Date.now() });
      return { ms: performance.now() - openedAt };
  }
});

async function goOver(opened: Room, { items, atOnce }: Extract<Task, { kind: 'items' }>) {
  const loaded = await itemsWorkflow(items, atOnce);
  return loadOf(items, async () => {
    const { status } = await (await start(opened, nextId(), loaded)).done;
    if (status !== 'succeeded') throw new Error(`The run ended as ${status}.`);
  });
}

function itemsWorkflow(items: number, atOnce: number): Promise<Loaded> {
  return load(
    'items',
    `name: items
steps:
  - for_each: "[1..${items}]"
    max_parallel: ${atOnce}
    steps:
      - { id: made, tool: render/create_service, params: { name: "service $item" } }
      - { set: { id: $made.id } }
`,
  );
}

async function begin(opened: Room, folder: string, steps: number): Promise<object> {
  const before = sizeOf(folder);
  const perItem = steps / 10;
  const calls = Array.from(
    { length: perItem },
    (_, index) => `      - { tool: render/create_service, params: { name: "service $item-${index}" } }\n`,
  );
  const text = `name: long\nsteps:\n  - for_each: "[1..10]"\n    max_parallel: 10\n    steps:\n${calls.join('')}      - { wait: 1h }\n`;
  const handle = await start(opened, 'long', await load('long', text));
  await new Promise<void>((resolve) => {
    let waiting = 0;
    const end = opened.engine.onEvents((_, events) => {
      waiting += events.filter(({ type }) => type === 'timer.set').length;
      if (waiting < 10) return;
      end();
      resolve();
    });
  });
  handle.stop();
  await handle.done;
  await opened.app.close();
  return { bytesPerStep: (sizeOf(folder) - before) / steps };
}

async function resume(opened: Room, openedAt: number): Promise<number> {
  const handle = await opened.engine.resume('long');
  const ms = performance.now() - openedAt;
  handle.stop();
  await handle.done;
  await opened.app.close();
  room = undefined;
  return ms;
}

async function queue(opened: Room, runs: number): Promise<object> {
  const { workflow, source } = await itemsWorkflow(1, 1);
  const options = { dryRun: false, cache: true };
  await Promise.all(
    Array.from({ length: runs }, () =>
      opened.engine.accept({ id: nextId(), workflow, source, inputs: {}, options, queued: true }),
    ),
  );
  await opened.app.close();
  return {};
}

function nextId(): string {
  started += 1;
  return `run-${started}`;
}

function sizeOf(folder: string): number {
  return ['journal.db', 'journal.db-wal']
    .map((name) => statSync(join(folder, '.runner', name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
