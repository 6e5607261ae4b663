import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEgress } from '../../src/adapters/connectors/egress.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import { simulate } from '../support/simulator.ts';

const page = readFileSync('docs/http.md', 'utf8');
const snippets = [...page.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1] ?? '');
const [ticket = '', configuration = ''] = snippets;
const refused = [...(page.split('| refused always')[1] ?? '').matchAll(/`([\da-f.:]+)\/\d+`/g)].map(
  ([, net = '']) => net,
);
const inner = [...(page.split('Not public are')[1]?.split('\n\n')[0] ?? '').matchAll(/`([\da-f.:]+)\/\d+`/g)].map(
  ([, net = '']) => net,
);

function objection(address: string, by: 'text' | 'redirect'): string | undefined {
  const url = new URL(address.includes(':') ? `http://[${address}]/` : `http://${address}/`);
  const origin = by === 'text' ? { by } : { by, from: 'api.example.com' };
  return createEgress([]).refusal(url, origin);
}

describe('docs/http.md', () => {
  it('shows a workflow without faults', async () => {
    const { diagnostics } = await loadWorkflow(new TextEncoder().encode(ticket), { file: 'snippet.yaml' });

    expect(diagnostics).toEqual([]);
  });

  it('shows a request that is sent as it says', async () => {
    const text = ticket.replace(/^secrets.*\ninputs.*\nsteps:\n/, '').replace('$secrets.TICKETS_TOKEN', 'token');
    const simulation = await simulate(text.replace('$title', 'hello'), {
      script: { 'POST api.example.com': [{ output: { status: 201, headers: {}, body: { id: 7 } } }] },
    });

    const outcome = await simulation.run();

    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(simulation.farSide.calls[0]?.action).toMatchObject({ method: 'POST', maxSizeBytes: 1_048_576 });
  });

  it('shows a runner.yaml without faults', async () => {
    const bytes = new TextEncoder().encode(configuration);

    expect((await loadProjectConfig(bytes, { file: 'runner.yaml', env: {} })).diagnostics).toEqual([]);
  });

  it('lists the addresses that are refused always', () => {
    expect(refused.length).toBeGreaterThan(9);
    for (const address of refused) expect([address, objection(address, 'text')]).toEqual([address, expect.any(String)]);
  });

  it('lists the addresses that are not public', () => {
    expect(inner).toHaveLength(7);
    for (const address of inner) {
      expect([address, objection(address, 'text')]).toEqual([address, undefined]);
      expect([address, objection(address, 'redirect')]).toEqual([address, expect.any(String)]);
    }
  });
});
