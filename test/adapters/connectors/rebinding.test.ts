import { createServer } from 'node:http';
import type { LookupAddress } from 'node:dns';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpConnector } from '../../../src/adapters/connectors/http.ts';
import type { StepResult } from '../../../src/model/actions.ts';
import { call, faultOf } from '../../contracts/connector.ts';

const here: LookupAddress = { address: '127.0.0.1', family: 4 };
const metadata: LookupAddress = { address: '169.254.169.254', family: 4 };

let port: number;
let paths: string[];
let close: () => void;

beforeEach(async () => {
  paths = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    const location = request.url === '/to-rebound' ? `http://rebound.example:${port}/` : undefined;
    response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
  close = () => void server.close();
});
afterEach(() => close());

/** Calls a host whose name leads elsewhere each time it is asked. */
function perform(host: string, answers: readonly (readonly LookupAddress[])[], path = '/'): Promise<StepResult> {
  let asked = 0;
  const resolve = (): Promise<readonly LookupAddress[]> => {
    asked += 1;
    return Promise.resolve(answers[Math.min(asked, answers.length) - 1] ?? []);
  };
  const schemaCheck = { violations: () => Promise.resolve([]) };
  const connector = createHttpConnector({ allowHosts: [], schemaCheck, resolve });
  const usual = { headers: {}, query: {}, expect: {}, computedHost: false, maxSizeBytes: 1_000 };
  return call(connector, { kind: 'http', method: 'GET', url: `http://${host}:${port}${path}`, ...usual });
}

describe('a name that is bound anew while it is used', () => {
  it('is asked once for a request: what was judged is what is called', async () => {
    const result = await perform('rebound.example', [[here], [metadata]]);

    expect(result.ok).toBe(true);
    expect(paths).toEqual(['/']);
  });

  it('is refused for any of its addresses, not just the first', async () => {
    const fault = faultOf(await perform('rebound.example', [[here, metadata]]));

    expect(fault).toMatchObject({ kind: 'egress_denied', outcome: 'not_executed' });
    expect(fault.message).toContain('rebound.example leads to 169.254.169.254');
    expect(paths).toEqual([]);
  });

  it('is judged anew where a redirect leads to it', async () => {
    const fault = faultOf(await perform('start.example', [[here], [metadata]], '/to-rebound'));

    expect(fault.kind).toBe('egress_denied');
    expect(paths).toEqual(['/to-rebound']);
  });

  it('is judged anew where a redirect leads to the same name', async () => {
    const fault = faultOf(await perform('rebound.example', [[here], [metadata]], '/to-rebound'));

    expect(fault.kind).toBe('egress_denied');
    expect(paths).toEqual(['/to-rebound']);
  });

  it('leads from outside to no address of the inner network', async () => {
    const fault = faultOf(
      await perform('start.example', [[here], [{ address: '10.0.0.7', family: 4 }]], '/to-rebound'),
    );

    expect(fault).toMatchObject({ kind: 'egress_denied', message: expect.stringContaining('is not a public address') });
  });
});
