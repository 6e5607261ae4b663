import type { App } from '../app.ts';
import type { RunDetails } from '../runs.ts';
import { canonicalJson } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { formatDuration } from '../../model/time.ts';
import { definitionChanges } from './definition-changes.ts';
import { latencyChange } from './latency.ts';
import { toolChanges } from './tool-changes.ts';

/** What is different from another run, the most telling first. */
export type RunComparison = readonly RunChangeNote[];

export interface RunChangeNote {
  readonly about: 'commit' | 'definition' | 'tools' | 'inputs' | 'latency';
  readonly text: string;
}

/** What is different about a run from one that succeeded before. */
export async function changesSince(app: App, before: RunDetails, now: RunDetails): Promise<RunComparison> {
  const latency = await latencyChange(app, now);
  return [
    ...commitChange(before, now),
    ...definitionNotes(before, now),
    ...(await toolChanges(app, before, now)).map((text) => ({ about: 'tools', text }) as const),
    ...inputChanges(before, now),
    ...(latency === undefined ? durationChange(before, now) : [{ about: 'latency', text: latency } as const]),
  ];
}

function commitChange({ record: before }: RunDetails, { record: now }: RunDetails): RunComparison {
  if (before.commit === now.commit) return [];
  return [{ about: 'commit', text: `${shortCommit(before.commit)} → ${shortCommit(now.commit)}` }];
}

function shortCommit(commit: string | undefined): string {
  return commit?.slice(0, 10) ?? 'none';
}

function definitionNotes(before: RunDetails, now: RunDetails): RunComparison {
  if (before.record.definition === now.record.definition) return [];
  const texts =
    before.workflow && now.workflow
      ? definitionChanges(before.workflow, now.workflow)
      : ['it cannot be compared: a newer runner made one of them'];
  return texts.map((text) => ({ about: 'definition', text }));
}

function inputChanges({ view: before }: RunDetails, { view: now }: RunDetails): RunComparison {
  const names = [...new Set([...Object.keys(before.inputs), ...Object.keys(now.inputs)])];
  return names.flatMap((name) => {
    const [old, given] = [before.inputs[name], now.inputs[name]];
    if (textOf(old) === textOf(given)) return [];
    return [{ about: 'inputs', text: `${name}: ${shown(old)} → ${shown(given)}` } as const];
  });
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : canonicalJson(value);
}

function shown(value: Json | undefined): string {
  const text = textOf(value) ?? 'not given';
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** A run twice as long is worth a word. */
const notableFactor = 2;
const notableMs = 1_000;

function durationChange({ document: before }: RunDetails, { document: now }: RunDetails): RunComparison {
  if (!now.success) return [];
  const factor = now.duration_ms / Math.max(1, before.duration_ms);
  if (factor < notableFactor || now.duration_ms < notableMs) return [];
  const text = `the run took ${formatDuration(now.duration_ms)}, ${factor.toFixed(1)} × the ${formatDuration(before.duration_ms)} of then`;
  return [{ about: 'latency', text }];
}
