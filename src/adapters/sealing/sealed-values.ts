import type { StateStore } from '../../engine/ports.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { payloadText } from '../../model/payload.ts';
import type { NewSignal, RunRequest, Signal, StateChange, StateEntry, TakenRequest } from '../../model/requests.ts';
import type { RunChange } from '../../model/run-records.ts';
import type { Sealer } from './sealer.ts';

/** @throws RunnerError PAYLOAD_TOO_LARGE: what counts is the size before it is sealed */
export function sealSignal(signal: NewSignal, sealer: Sealer): NewSignal {
  const text = payloadText(`The event "${signal.name}"`, signal.payload);
  return { ...signal, payload: sealText(text, aboutSignal(signal), sealer) };
}

export function openSignal(signal: Signal, sealer: Sealer): Signal {
  return { ...signal, payload: openValue(signal.payload, aboutSignal(signal), sealer) };
}

/** @throws RunnerError PAYLOAD_TOO_LARGE */
export function sealState({ state }: RunChange, sealer: Sealer): Pick<RunChange, 'state'> {
  return state === undefined ? {} : { state: state.map((change) => sealChange(change, sealer)) };
}

export function sealedState(store: StateStore, sealer: Sealer): StateStore {
  return {
    get(space, name, now) {
      const value = store.get(space, name, now);
      return value === undefined ? undefined : openValue(value, aboutState({ space, name }), sealer);
    },
    list: (prefix, now) => store.list(prefix, now).map((entry) => openEntry(entry, sealer)),
    keep: async (changes) => store.keep(changes.map((change) => sealChange(change, sealer))),
  };
}

function openEntry(entry: StateEntry, sealer: Sealer): StateEntry {
  return { ...entry, value: openValue(entry.value, aboutState(entry), sealer) };
}

/** What a person fills in or writes is sealed; who decides what is not. */
export function sealRequest(run: string, request: RunRequest, sealer: Sealer): RunRequest {
  if (request.kind !== 'decide') return request;
  const { form, comment, ...decision } = request;
  if (form === undefined && comment === undefined) return request;
  const words = sealText(JSON.stringify({ form, comment }), aboutRequest(run, decision.step), sealer);
  return { ...decision, form: { words } };
}

export function openRequest(taken: TakenRequest, sealer: Sealer): TakenRequest {
  const { run, request } = taken;
  if (request.kind !== 'decide' || request.form?.['words'] === undefined) return taken;
  const { form, ...decision } = request;
  const words = openValue(form['words'] ?? null, aboutRequest(run, decision.step), sealer) as Words;
  return { ...taken, request: { ...decision, ...words } };
}

interface Words {
  readonly form?: JsonObject;
  readonly comment?: string;
}

function sealChange(change: StateChange, sealer: Sealer): StateChange {
  if (change.kind === 'delete') return change;
  const text = payloadText(`The value "${change.name}"`, change.value);
  return { ...change, value: sealText(text, aboutState(change), sealer) };
}

/** A value in the clear that looks like a sealed one is wrapped: it must never be taken for one. */
function sealText(text: string, about: string, sealer: Sealer): Json {
  if (sealer.seals) return { sealed: sealer.seal(text, about) };
  const value = JSON.parse(text) as Json;
  return onlyField(value, 'sealed') === undefined && onlyField(value, 'clear') === undefined ? value : { clear: value };
}

function openValue(value: Json, about: string, sealer: Sealer): Json {
  const clear = onlyField(value, 'clear');
  if (clear !== undefined) return clear;
  const sealed = onlyField(value, 'sealed');
  return typeof sealed === 'string' ? (JSON.parse(sealer.open(sealed, about)) as Json) : value;
}

function onlyField(value: Json, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.length === 1 && entries[0]?.[0] === name ? entries[0][1] : undefined;
}

function aboutSignal({ name, run = '' }: Pick<Signal, 'name' | 'run'>): string {
  return `${name}\n${run}\nsignal`;
}

function aboutState({ space, name }: { readonly space: string; readonly name: string }): string {
  return `${space}\n${name}\nstate`;
}

function aboutRequest(run: string, step: string): string {
  return `${run}\n${step}\nrequest`;
}
