import type { App } from '../../src/app/app.ts';
import { namespacedCache } from '../../src/app/namespaces.ts';
import { cacheKey } from '../../src/engine/core/idempotency.ts';
import type { Action } from '../../src/model/actions.ts';
import { load, openRoom, start, type Loaded, type Room } from './room.ts';
import { loadOf, serve } from './serve.ts';

/** `look`: look-ups alone. Otherwise durable runs of ten reads, which the cache answers or not. */
type Task = { readonly url: string; readonly folder: string; readonly runs: number } & (
  { readonly kind: 'look'; readonly lookUps: number } | { readonly kind: 'cached' | 'called' }
);

const stepsPerRun = 10;

let room: Promise<Room> | undefined;
let started = 0;
const loaded: { -readonly [Kind in keyof typeof workflows]?: Promise<Loaded> } = {};

serve(async (task: Task) => {
  const opened = await (room ??= openRoom(task.folder, task.url));
  await run(opened, 'cached');
  if (task.kind === 'look') return lookUp(opened.app, task.lookUps);
  const { kind, runs } = task;
  return loadOf(runs * stepsPerRun, async () => {
    for (let count = 0; count < runs; count += 1) await run(opened, kind);
  });
});

async function run(opened: Room, kind: 'cached' | 'called'): Promise<void> {
  const workflow = await (loaded[kind] ??= load(kind, workflows[kind]));
  const { done } = await start(opened, `run-${(started += 1)}`, workflow);
  const { status, error } = await done;
  if (status !== 'succeeded') throw new Error(`A run ended as ${status}: ${error?.message ?? ''}`);
}

const workflows = {
  cached: reads('cached', '{ ttl: 1h, scope: project }'),
  called: reads('called', 'none'),
} as const;

function reads(name: string, cache: string): string {
  const step = (index: number): string =>
    `  - { id: s_${index}, tool: render/get_service, params: { id: srv-${index} }, cache: ${cache} }\n`;
  return `name: ${name}\nsteps:\n${Array.from({ length: stepsPerRun }, (_, index) => step(index)).join('')}`;
}

/** As a step does it, its key included: there is no key without the parameters. */
async function lookUp(app: App, count: number) {
  const cache = namespacedCache(await app.stores.cache(), app.configuration);
  return loadOf(count, async () => {
    for (let index = 0; index < count; index += 1) {
      const params = { id: `srv-${index % stepsPerRun}` };
      const action: Action = { kind: 'tool', server: 'render', tool: 'get_service', params };
      const key = cacheKey(action, { scope: '', own: undefined, fingerprint: () => '' });
      const hit = cache.get({ key, server: 'render', tool: 'get_service', scope: 'project' }, app.clock.now());
      if (hit === undefined || hit instanceof Promise) throw new Error('The cache does not answer at once.');
    }
  });
}
