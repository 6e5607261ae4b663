import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isCallStep } from '../../src/model/workflow.ts';
import { workflowOf } from '../support/simulator.ts';

describe('docs/limits.md', () => {
  it('shows a workflow whose limits are taken as the page says', async () => {
    const page = await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8');
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];

    const { steps } = await workflowOf(yaml);

    const calls = steps.filter(isCallStep);
    expect(calls.map(({ rateLimit, circuitBreaker }) => [rateLimit?.max, circuitBreaker?.key])).toEqual([
      [25, 'stripe/get_customer'],
      [25, 'stripe/create_charge'],
    ]);
    expect(calls[1]?.concurrency).toMatchObject({ max: 1, key: { kind: 'path' } });
  });
});
