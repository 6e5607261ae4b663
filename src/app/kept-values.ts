import { RunnerError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { StateEntry } from '../model/requests.ts';
import type { App } from './app.ts';
import { stateSpace } from './namespaces.ts';

/** A value that `state` steps keep. */
export interface KeptValue extends Omit<StateEntry, 'space'> {
  /** The workflow that it belongs to; absent: all of the project share it. */
  readonly workflow?: string;
}

/** Where a value is: of one workflow, or of all. */
export interface KeptPlace {
  readonly name: string;
  readonly workflow?: string;
}

/** Values that are kept, by workflow and name. @param workflow only those of this one */
export async function listKeptValues(app: App, workflow?: string): Promise<readonly KeptValue[]> {
  const journal = await app.stores.records();
  const world = stateSpace(app.configuration, '');
  return journal.state.list(world, app.clock.now()).flatMap(({ space, ...entry }) => {
    const owner = space.slice(world.length);
    // What belongs to another world begins with its name.
    if (owner.includes(':') || (workflow !== undefined && owner !== workflow)) return [];
    return [owner === '' ? entry : { ...entry, workflow: owner }];
  });
}

/** @throws RunnerError STATE_NOT_FOUND */
export async function keptValue(app: App, { name, workflow }: KeptPlace): Promise<KeptValue> {
  const values = await listKeptValues(app, workflow);
  const found = values.find((value) => value.name === name && value.workflow === workflow);
  if (found !== undefined) return found;
  throw notKept(name, workflow, values);
}

/** Keeps a value by hand. @throws RunnerError PAYLOAD_TOO_LARGE */
export async function keepValue(
  app: App,
  { name, workflow = '' }: KeptPlace,
  { value, expiresAt }: { readonly value: Json; readonly expiresAt?: number },
): Promise<void> {
  const journal = await app.stores.journal();
  const space = stateSpace(app.configuration, workflow);
  const expires = expiresAt === undefined ? {} : { expiresAt };
  await journal.state.keep([{ kind: 'put', space, name, value, ...expires }]);
}

/** @throws RunnerError STATE_NOT_FOUND */
export async function forgetValue(app: App, place: KeptPlace): Promise<void> {
  await keptValue(app, place);
  const journal = await app.stores.journal();
  const space = stateSpace(app.configuration, place.workflow ?? '');
  await journal.state.keep([{ kind: 'delete', space, name: place.name }]);
}

function notKept(name: string, workflow: string | undefined, values: readonly KeptValue[]): RunnerError {
  const where = workflow === undefined ? 'for the project' : `for the workflow ${workflow}`;
  const other = values.find((value) => value.name === name);
  const elsewhere = other?.workflow === undefined ? undefined : `Add --workflow ${other.workflow}`;
  return new RunnerError('STATE_NOT_FOUND', `No value "${name}" is kept ${where}.`, {
    hint: elsewhere ?? 'See what is kept with: runner state list',
  });
}
