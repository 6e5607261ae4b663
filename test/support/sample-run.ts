import type { NewRun, Owner } from '../../src/model/run-records.ts';
import type { RunEvent } from '../../src/model/events.ts';
import type { Workflow } from '../../src/model/workflow.ts';

export const workflow: Workflow = {
  irVersion: 1,
  name: 'demo',
  hash: 'hash-1',
  file: 'workflows/demo.yaml',
  labels: {},
  inputs: {},
  failFast: true,
  steps: [],
  onFailure: [],
  finally: [],
};

export function newRun(id: string, startedAt: number): NewRun {
  return { id, workflow, source: 'name: demo', inputs: {}, startedAt, status: 'running' };
}

export function started(at: number): RunEvent {
  const options = { dryRun: false, cache: true };
  return { type: 'run.started', at, workflow: 'demo', definition: 'hash-1', inputs: {}, options };
}

export function fired(key: string, at = 1): RunEvent {
  return { type: 'timer.fired', at, key };
}

export const alice: Owner = { host: 'here', pid: 41, processStart: '1', bootId: 'boot', instance: 'alice' };
export const bob: Owner = { ...alice, pid: 42, instance: 'bob' };
export const carol: Owner = { ...alice, pid: 43, instance: 'carol' };

export function ended(key: string): RunEvent & { readonly type: 'step.ended' } {
  return { type: 'step.ended', at: 1, key, kind: 'tool', status: 'succeeded', attempts: 1, durationMs: 1 };
}

export function keyOf(event: RunEvent): string | undefined {
  return 'key' in event ? event.key : undefined;
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
