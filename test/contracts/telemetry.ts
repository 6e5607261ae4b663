import { beforeEach, describe, expect, it } from 'vitest';
import type { Telemetry } from '../../src/engine/ports.ts';
import type { Execution, LogLine, ToolDescription } from '../../src/model/executions.ts';

/** The promises of the port `Telemetry`, kept by every implementation. */
export function describeTelemetry(name: string, makeTelemetry: () => Telemetry): void {
  // oxlint-disable-next-line vitest/valid-title -- the title names the implementation under test
  describe(name, () => {
    let telemetry: Telemetry;

    beforeEach(() => {
      telemetry = makeTelemetry();
    });

    it('gives executions back with every field, the newest first', () => {
      const full: Execution = {
        ...execution(1),
        run: 'run-1',
        step: 'status@2',
        version: '1.2',
        environment: 'staging',
        success: false,
        error: { kind: 'http.503', message: 'busy' },
        cache: 'miss',
        retryCount: 3,
        fallbackUsed: true,
        waitedMs: 250,
      };
      telemetry.recordExecution(full);
      telemetry.recordExecution(execution(2));

      expect(telemetry.executions({ limit: 10 })).toEqual([execution(2), full]);
    });

    it('filters executions', () => {
      telemetry.recordExecution({ ...execution(1), run: 'run-1' });
      telemetry.recordExecution({ ...execution(2), run: 'run-1', success: false });
      telemetry.recordExecution({ ...execution(3), server: 'github' });
      telemetry.recordExecution({ ...execution(4), tool: 'list' });
      const ids = (filter: Partial<Parameters<Telemetry['executions']>[0]>) =>
        telemetry.executions({ limit: 10, ...filter }).map(({ id }) => id);

      expect(ids({ run: 'run-1' })).toEqual(['call-2', 'call-1']);
      expect(ids({ run: 'run-1', success: true })).toEqual(['call-1']);
      expect(ids({ server: 'github' })).toEqual(['call-3']);
      expect(ids({ tool: 'list' })).toEqual(['call-4']);
      expect(ids({ limit: 1 })).toEqual(['call-4']);
    });

    it('forgets the executions and logs of runs, and goes on counting them', () => {
      const line: LogLine = { at: 1, run: 'run-1', level: 'info', text: 'x' };
      telemetry.recordExecution({ ...execution(1), run: 'run-1' });
      telemetry.recordExecution({ ...execution(2), run: 'run-2' });
      telemetry.recordExecution(execution(3));
      for (let n = 0; n < 1_200; n += 1) telemetry.recordLog(line);
      telemetry.recordLog({ ...line, run: 'run-2' });

      telemetry.forget(['run-1', 'run-3']);

      expect(telemetry.executions({ limit: 10 }).map(({ id }) => id)).toEqual(['call-3', 'call-2']);
      expect(telemetry.logs('run-1')).toEqual([]);
      expect(telemetry.logs('run-2')).toHaveLength(1);
      expect(telemetry.metrics()[0]?.totalCalls).toBe(3);
    });

    it('adds up the calls of a tool', () => {
      telemetry.recordExecution({ ...execution(1), durationMs: 10, cache: 'miss', retryCount: 2 });
      telemetry.recordExecution({ ...execution(2), durationMs: 30, cache: 'miss', success: false, fallbackUsed: true });
      telemetry.recordExecution({ ...execution(3), durationMs: 0, cache: 'hit' });
      telemetry.recordExecution({ ...execution(4), durationMs: 20, waitedMs: 15 });

      const [metrics] = telemetry.metrics();

      expect(metrics).toMatchObject({
        server: 'render',
        tool: 'get',
        totalCalls: 4,
        throttledCalls: 1,
        waitedMs: 15,
        successfulCalls: 3,
        failedCalls: 1,
        errorRate: 0.25,
        durationMs: { avg: 20, min: 10, max: 30 },
        cacheHits: 1,
        cacheMisses: 2,
        retries: 2,
        fallbacks: 1,
        lastExecutionAt: 4,
      });
      expect(metrics?.cacheHitRate).toBeCloseTo(1 / 3);
    });

    it('knows percentiles within two percent', () => {
      for (let ms = 1; ms <= 1_000; ms += 1) telemetry.recordExecution({ ...execution(ms), durationMs: ms });

      const duration = telemetry.metrics()[0]?.durationMs;

      expect(Math.abs((duration?.p50 ?? 0) / 500 - 1)).toBeLessThan(0.021);
      expect(Math.abs((duration?.p95 ?? 0) / 950 - 1)).toBeLessThan(0.021);
      expect(Math.abs((duration?.p99 ?? 0) / 990 - 1)).toBeLessThan(0.021);
    });

    it('adds up what the calls of a tool have cost, and says nothing where none had a cost', () => {
      telemetry.recordExecution({ ...execution(1), cost: 0.1 });
      telemetry.flush();
      telemetry.recordExecution({ ...execution(2), cost: 0.2 });
      telemetry.recordExecution(execution(3));
      telemetry.recordExecution({ ...execution(4), server: 'github' });

      expect(telemetry.metrics({ server: 'render' })[0]?.cost).toBe(0.3);
      expect(telemetry.metrics({ server: 'github' })[0]).not.toHaveProperty('cost');
    });

    it('has no durations of a tool that only the cache has answered for', () => {
      telemetry.recordExecution({ ...execution(1), cache: 'hit' });

      expect(telemetry.metrics()[0]?.durationMs).toBeUndefined();
    });

    it('orders and filters metrics', () => {
      telemetry.recordExecution(execution(1));
      telemetry.recordExecution({ ...execution(2), server: 'github' });
      telemetry.recordExecution({ ...execution(3), server: 'github' });

      expect(telemetry.metrics().map(({ server }) => server)).toEqual(['github', 'render']);
      expect(telemetry.metrics({ server: 'render' }).map(({ server }) => server)).toEqual(['render']);
      expect(telemetry.metrics({ tool: 'none' })).toEqual([]);
    });

    it('keeps the newest 10,000 executions, and the metrics of all', () => {
      for (let n = 1; n <= 10_600; n += 1) telemetry.recordExecution(execution(n));
      telemetry.flush();

      const kept = telemetry.executions({ limit: 20_000 });

      expect(kept).toHaveLength(10_000);
      expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(['call-10600', 'call-601']);
      expect(telemetry.metrics()[0]?.totalCalls).toBe(10_600);
    });

    it('gives the log of one run, the oldest line first', () => {
      const lines: LogLine[] = ['one', 'two'].map((text, at) => ({ at, run: 'run-1', level: 'info', text, step: 's' }));
      for (const line of lines) telemetry.recordLog(line);
      telemetry.recordLog({ at: 9, run: 'run-2', level: 'error', text: 'other' });

      expect(telemetry.logs('run-1')).toEqual(lines);
    });

    it('knows no catalogue of sources that were never read', () => {
      telemetry.storeCatalogue([{ source: 'elsewhere', tools: [tool('render', 'get')] }], 1);

      expect(telemetry.catalogue(['bridge'])).toBeUndefined();
    });

    it('replaces the tools of the sources that were read, and keeps the others', () => {
      telemetry.storeCatalogue(
        [
          { source: 'bridge', tools: [tool('render', 'old'), tool('gone', 'old')] },
          { source: 'direct', tools: [tool('github', 'kept')] },
        ],
        1,
      );
      telemetry.storeCatalogue([{ source: 'bridge', tools: [tool('render', 'new')] }], 2);

      expect(telemetry.catalogue(['bridge', 'direct'])).toEqual({
        tools: [
          { ...tool('github', 'kept'), source: 'direct', firstSeenAt: 1, lastSeenAt: 1 },
          { ...tool('render', 'new'), source: 'bridge', firstSeenAt: 2, lastSeenAt: 2 },
        ],
        at: 2,
      });
    });

    it('tells the tools of sources apart, though they have the same names', () => {
      telemetry.storeCatalogue([{ source: 'bridge', tools: [tool('render', 'get')] }], 1);
      telemetry.storeCatalogue([{ source: 'sandbox', tools: [tool('render', 'toy')] }], 2);

      expect(telemetry.catalogue(['bridge'])).toMatchObject({ tools: [{ name: 'get' }], at: 1 });
    });

    it('gives one tool alone, with when the sources were read', () => {
      telemetry.storeCatalogue([{ source: 'bridge', tools: [tool('render', 'get'), tool('render', 'list')] }], 1);
      telemetry.storeCatalogue([{ source: 'direct', tools: [tool('github', 'get')] }], 2);

      const found = telemetry.catalogue(['bridge', 'direct'], { server: 'render', tool: 'list' });

      expect(found).toMatchObject({ tools: [{ server: 'render', name: 'list', lastSeenAt: 1 }], at: 2 });
      expect(telemetry.catalogue(['bridge'], { server: 'render', tool: 'none' })).toEqual({ tools: [], at: 1 });
    });

    it('forgets all tools of a source that has none any more', () => {
      telemetry.storeCatalogue([{ source: 'direct', tools: [tool('files', 'read')] }], 1);
      telemetry.storeCatalogue([{ source: 'direct', tools: [] }], 2);

      expect(telemetry.catalogue(['direct'])).toEqual({ tools: [], at: 2 });
    });

    it('counts versions and environments of a tool apart', () => {
      telemetry.recordExecution(execution(1));
      telemetry.recordExecution({ ...execution(2), version: '2' });
      telemetry.recordExecution({ ...execution(3), environment: 'staging' });
      telemetry.recordExecution({ ...execution(4), version: '2', environment: 'staging' });
      const counted = (filter: Parameters<Telemetry['metrics']>[0]) =>
        telemetry
          .metrics(filter)
          .map(({ version = '-', environment = '-', totalCalls }) => `${version} ${environment} ${totalCalls}`);

      expect(new Set(counted({}))).toEqual(new Set(['- - 1', '2 - 1', '- staging 1', '2 staging 1']));
      expect(counted({ version: '2', environment: 'staging' })).toEqual(['2 staging 1']);
      expect(telemetry.executions({ limit: 9, environment: 'staging' }).map(({ id }) => id)).toEqual([
        'call-4',
        'call-3',
      ]);
    });

    it('remembers since when it knows a tool, and what it last heard of it', () => {
      const full = { ...tool('render', 'get'), output: { type: 'array' }, annotations: { readOnlyHint: true } };
      telemetry.storeCatalogue([{ source: 'bridge', tools: [tool('render', 'get')] }], 1);
      telemetry.storeCatalogue([{ source: 'bridge', tools: [full] }], 2);

      expect(telemetry.catalogue(['bridge'])?.tools).toEqual([
        { ...full, source: 'bridge', firstSeenAt: 1, lastSeenAt: 2 },
      ]);
    });

    it('is well', () => {
      telemetry.recordExecution(execution(1));
      telemetry.flush();

      expect(telemetry.health()).toBeUndefined();
    });
  });
}

export function execution(n: number): Execution {
  return {
    id: `call-${n}`,
    kind: 'tool',
    server: 'render',
    tool: 'get',
    params: { id: n },
    success: true,
    durationMs: 1.5,
    cache: 'none',
    retryCount: 0,
    fallbackUsed: false,
    at: n,
  };
}

function tool(server: string, name: string): ToolDescription {
  return { server, name, description: `${server} ${name}`, parameters: { type: 'object' } };
}
