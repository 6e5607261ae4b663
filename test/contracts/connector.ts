import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallContext, Connector } from '../../src/engine/ports.ts';
import type { Action, StepResult } from '../../src/model/actions.ts';
import type { Fault } from '../../src/model/faults.ts';
import type { Json } from '../../src/model/json.ts';
import {
  closedPort,
  drips,
  gzipBomb,
  head,
  reply,
  resetsAtOnce,
  sends,
  sendsAndEnds,
  startHostileServer,
  streamsGigabyte,
  type HostileServer,
  type Misbehaviour,
} from '../support/hostile-server.ts';
import { activeResources, expectResourcesBackTo } from '../support/hostile-resources.ts';

/** A connector with a far side that does as told. */
export interface ConnectorHarness {
  readonly connector: Connector;
  /** A call that gives the word back. */
  answering(word: string): Action;
  wordIn(output: Json): Json | undefined;
  /** A call that the far side refuses for good. */
  refused(): Action;
  /** A call that cannot even begin, and the connector for it. */
  unreachable(): { readonly connector: Connector; readonly action: Action };
  /** A call that never ends by itself. */
  hanging(): Action;
  /** Calls that hang at the far side at this moment. */
  hangingNow(): number;
  close(): Promise<void>;
}

/** What every connector promises. */
export function describeConnector(name: string, open: () => Promise<ConnectorHarness>): void {
  describe(`${name} as a connector`, () => {
    let before: readonly string[];
    let harness: ConnectorHarness;

    beforeEach(async () => {
      before = activeResources();
      harness = await open();
    });
    afterEach(async () => {
      await harness.close();
      await expectResourcesBackTo(before);
    });

    it('gives the answer of the far side as plain data', async () => {
      const output = outputOf(await call(harness.connector, harness.answering('hello')));

      expect(harness.wordIn(output)).toBe('hello');
      expect(JSON.parse(JSON.stringify(output))).toEqual(output);
    });

    it('keeps calls apart that run at once', async () => {
      const words = Array.from({ length: 20 }, (_, index) => `word${index}`);

      const results = await Promise.all(words.map((word) => call(harness.connector, harness.answering(word))));

      expect(results.map((result) => harness.wordIn(outputOf(result)))).toEqual(words);
    });

    it('gives a refusal as a fault that is not worth repeating', async () => {
      const fault = faultOf(await call(harness.connector, harness.refused()));

      expect(fault).toMatchObject({ outcome: 'failed', transient: false });
    });

    it('knows that a call which could not begin was not executed', async () => {
      const { connector, action } = harness.unreachable();

      const fault = faultOf(await call(connector, action));

      expect(fault.outcome).toBe('not_executed');
    });

    it('begins nothing when the signal has aborted already', async () => {
      const fault = faultOf(await call(harness.connector, harness.hanging(), AbortSignal.abort()));

      expect(fault).toMatchObject({ kind: 'cancelled', outcome: 'not_executed' });
      expect(harness.hangingNow()).toBe(0);
    });

    it.each([
      { reason: new DOMException('late', 'TimeoutError'), kind: 'timeout' },
      { reason: undefined, kind: 'cancelled' },
    ])('ends with $kind and an unknown outcome when it is aborted under way', async ({ reason, kind }) => {
      const controller = new AbortController();
      const ending = call(harness.connector, harness.hanging(), controller.signal);
      await expect.poll(() => harness.hangingNow()).toBe(1);

      controller.abort(reason);

      expect(faultOf(await ending)).toMatchObject({ kind, outcome: 'unknown' });
      await expect.poll(() => harness.hangingNow()).toBe(0);
    });

    it('leaves no listener on the signal', async () => {
      const { signal } = new AbortController();
      const { connector, action } = harness.unreachable();

      await call(harness.connector, harness.answering('hello'), signal);
      await call(connector, action, signal);

      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });
  });
}

/** A connector that speaks HTTP to an address. */
export interface NetworkHarness {
  /** A call that writes there, of which at most 5 MB are read, and the connector for it. */
  to(url: string): { readonly connector: Connector; readonly action: Action };
  close(): Promise<void>;
}

interface Hostility {
  readonly title: string;
  readonly misbehaviour: () => Misbehaviour;
  readonly kind: string;
  readonly outcome?: Fault['outcome'];
  /** True: only the signal ends it. */
  readonly endless?: true;
}

const whole = '{"result":{"word":"x"}}';

const hostilities: readonly Hostility[] = [
  { title: 'accepts and stays silent', misbehaviour: () => ({}), kind: 'timeout', endless: true },
  { title: 'drips', misbehaviour: drips, kind: 'timeout', endless: true },
  {
    title: 'sends headers and no body',
    misbehaviour: () => sends(head({ 'content-length': '9' })),
    kind: 'timeout',
    endless: true,
  },
  { title: 'resets before the reply', misbehaviour: resetsAtOnce, kind: 'connection' },
  { title: 'closes before the reply', misbehaviour: () => sendsAndEnds('end'), kind: 'connection' },
  {
    title: 'resets within the reply',
    misbehaviour: () => sendsAndEnds('reset', head({ 'content-length': '100' }), '{"result"'),
    kind: 'connection',
  },
  {
    title: 'closes within the reply',
    misbehaviour: () => sendsAndEnds('end', head({ 'content-length': '100' }), '{"result"'),
    kind: 'connection',
  },
  {
    title: 'closes within a chunk',
    misbehaviour: () => sendsAndEnds('end', head({ 'transfer-encoding': 'chunked' }), '20\r\n{"res'),
    kind: 'connection',
  },
  {
    title: 'says less than its length',
    misbehaviour: () => sends(reply(whole, { 'content-length': '5' })),
    kind: 'invalid_reply',
  },
  { title: 'does not speak HTTP', misbehaviour: () => sends('SSH-2.0-OpenSSH_9.2\r\n'), kind: 'invalid_reply' },
  {
    title: 'changes the protocol',
    misbehaviour: () => sends(head({ connection: 'upgrade', upgrade: 'x' }, '101 Switching Protocols')),
    kind: 'connection',
  },
  {
    title: 'sends 32 KB of headers',
    misbehaviour: () => sends(head({ 'x-huge': 'x'.repeat(32_768) })),
    kind: 'too_large',
  },
  { title: 'announces 6 MB', misbehaviour: () => sends(head({ 'content-length': '6000000' })), kind: 'too_large' },
  { title: 'streams a gigabyte', misbehaviour: streamsGigabyte, kind: 'too_large' },
  {
    title: 'sends a gzip bomb',
    misbehaviour: () => sends(reply(gzipBomb(), { 'content-encoding': 'gzip' })),
    kind: 'too_large',
  },
  {
    title: 'calls plain text gzip',
    misbehaviour: () => sends(reply(whole, { 'content-encoding': 'gzip' })),
    kind: 'invalid_reply',
  },
  {
    title: 'invents an encoding',
    misbehaviour: () => sends(reply(whole, { 'content-encoding': 'lzma' })),
    kind: 'invalid_reply',
  },
  { title: 'calls HTML JSON', misbehaviour: () => sends(reply('<html>Welcome</html>')), kind: 'invalid_reply' },
  { title: 'sends half of the JSON', misbehaviour: () => sends(reply('{"result":')), kind: 'invalid_reply' },
  { title: 'sends text after the JSON', misbehaviour: () => sends(reply(`${whole}x`)), kind: 'invalid_reply' },
  {
    title: 'sends JSON that is not UTF-8',
    misbehaviour: () => sends(reply(Buffer.from('{"result":"\xe9"}', 'latin1'))),
    kind: 'invalid_reply',
  },
  {
    title: 'nests JSON a hundred thousand levels deep',
    misbehaviour: () => sends(reply(`{"result":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)),
    kind: 'invalid_reply',
  },
];

/** What every connector that speaks HTTP withstands. */
export function describeNetworkConnector(name: string, open: () => NetworkHarness): void {
  describe(`${name} before a far side that`, () => {
    let before: readonly string[];
    let harness: NetworkHarness;
    let server: HostileServer | undefined;

    beforeEach(() => {
      before = activeResources();
      harness = open();
    });
    afterEach(async () => {
      await harness.close();
      await expect.poll(() => server?.openConnections() ?? 0).toBe(0);
      await server?.close();
      server = undefined;
      await expectResourcesBackTo(before);
    });

    it.each(hostilities)('$title ends with $kind', async ({ misbehaviour, kind, endless }) => {
      server = await startHostileServer(misbehaviour());
      const signal = endless === true ? endOnceAsked(server) : undefined;

      const fault = faultOf(await callTo(harness.to(server.url), signal));

      expect(fault).toMatchObject({ kind, outcome: 'unknown', transient: kind === 'timeout' || kind === 'connection' });
      expect(fault.message).toContain(`POST ${server.url}`);
    });

    it('refuses connections was surely not called', async () => {
      const port = await closedPort();

      const fault = faultOf(await callTo(harness.to(`http://127.0.0.1:${port}`)));

      expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
    });

    it('has no address was surely not called', async () => {
      const fault = faultOf(await callTo(harness.to('http://no-such-host.invalid')));

      expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
    });

    it('speaks no TLS where it is expected was surely not called', async () => {
      server = await startHostileServer(sends('HTTP/1.1 400 Bad Request\r\n\r\n'));

      const fault = faultOf(await callTo(harness.to(`https://127.0.0.1:${server.port}`)));

      expect(fault).toMatchObject({ kind: 'connection', outcome: 'not_executed', transient: true });
    });

    it('hangs while TLS is agreed was surely not called', async () => {
      server = await startHostileServer({});

      const ending = callTo(harness.to(`https://127.0.0.1:${server.port}`), AbortSignal.timeout(150));

      expect(faultOf(await ending)).toMatchObject({ kind: 'timeout', outcome: 'not_executed' });
    });

    it.each([
      { status: '400 Bad Request', kind: 'http.400', outcome: 'failed', transient: false },
      { status: '403 Forbidden', kind: 'http.403', outcome: 'failed', transient: false },
      { status: '408 Request Timeout', kind: 'http.408', outcome: 'unknown', transient: true },
      { status: '425 Too Early', kind: 'http.425', outcome: 'failed', transient: true },
      { status: '429 Too Many Requests', kind: 'rate_limited', outcome: 'not_executed', transient: true },
      { status: '500 Internal Server Error', kind: 'http.500', outcome: 'unknown', transient: true },
      { status: '503 Service Unavailable', kind: 'http.503', outcome: 'unknown', transient: true },
    ])('answers $status is understood as $kind', async ({ status, ...expected }) => {
      const text = reply('the far side\n  says   why', { 'retry-after': '7', connection: 'close' }, status);
      server = await startHostileServer(sendsAndEnds('end', text));

      const fault = faultOf(await callTo(harness.to(server.url)));

      expect(fault).toMatchObject({ ...expected, retryAfterMs: 7_000 });
      expect(fault.message).toContain(`answered ${status}: the far side says why`);
    });
  });
}

const context: CallContext = { idempotencyKey: 'key-1', run: 'run-1', step: 'step', attempt: 1 };

function callTo(
  { connector, action }: { readonly connector: Connector; readonly action: Action },
  signal?: AbortSignal,
): Promise<StepResult> {
  return call(connector, action, signal);
}

/** Performs a call that nothing aborts, unless a signal is given. */
export function call(
  connector: Connector,
  action: Action,
  signal: AbortSignal = new AbortController().signal,
): Promise<StepResult> {
  return connector.call(action, context, signal);
}

export function outputOf(result: StepResult): Json {
  if (!result.ok) throw new Error(`The call failed: ${JSON.stringify(result.fault)}`);
  return result.output;
}

export function faultOf(result: StepResult): Fault {
  if (result.ok) throw new Error(`The call succeeded: ${JSON.stringify(result.output)}`);
  return result.fault;
}

/** The time of the call is over a while after its request has arrived, however long that took. */
function endOnceAsked(server: HostileServer): AbortSignal {
  const late = new AbortController();
  const watch = setInterval(() => {
    if (server.requests() === 0) return;
    clearInterval(watch);
    setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), 150);
  }, 10);
  return late.signal;
}
