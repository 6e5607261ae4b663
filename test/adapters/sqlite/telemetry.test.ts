import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTelemetry } from '../../../src/adapters/sqlite/telemetry.ts';
import { telemetrySpec } from '../../../src/adapters/sqlite/telemetry-schema.ts';
import type { Telemetry } from '../../../src/engine/ports.ts';
import { tallyOf } from '../../../src/model/tool-tally.ts';
import { describeTelemetry, execution } from '../../contracts/telemetry.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describeTelemetry('telemetry in SQLite', () => open(temporaryFolder()));

describe('telemetry in a file', () => {
  it('keeps everything over a restart', () => {
    const folder = temporaryFolder();
    const before = open(folder);
    before.recordExecution({ ...execution(1), durationMs: 10 });
    before.close();

    const after = open(folder);
    after.recordExecution({ ...execution(2), durationMs: 30 });

    expect(after.executions({ limit: 10 })).toHaveLength(2);
    expect(after.metrics()[0]).toMatchObject({ totalCalls: 2, durationMs: { avg: 20, min: 10, max: 30 } });
  });

  it('adds up the calls of several processes', () => {
    const folder = temporaryFolder();
    const [mine, theirs] = [open(folder), open(folder)];
    for (const telemetry of [mine, theirs, mine]) {
      telemetry.recordExecution(execution(1));
      telemetry.flush();
    }

    expect(theirs.metrics()[0]?.totalCalls).toBe(3);
  });

  it('makes no file for reading alone', () => {
    const folder = temporaryFolder();
    const telemetry = open(folder);

    expect(telemetry.executions({ limit: 1 })).toEqual([]);
    expect(telemetry.catalogue(['bridge'])).toBeUndefined();
    expect(existsSync(join(folder, 'telemetry.db'))).toBe(false);
  });

  it('keeps only the beginning of huge parameters', () => {
    const telemetry = open(temporaryFolder());
    telemetry.recordExecution({ ...execution(1), params: { text: 'x'.repeat(100_000) } });

    const [kept] = telemetry.executions({ limit: 1 });

    expect(kept?.params).toMatch(/^\{"text":"x+… \(100011 characters\)$/);
  });

  it('sets a damaged file aside, begins anew and says so', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'telemetry.db'), 'not a database');
    const telemetry = open(folder);

    telemetry.recordExecution(execution(1));

    expect(telemetry.executions({ limit: 1 })).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => name.startsWith('telemetry.db.broken-'))).toHaveLength(1);
    expect(telemetry.health()).toContain('set aside');
  });

  it('sets a file aside that was cut short', () => {
    const folder = temporaryFolder();
    const before = open(folder);
    for (let n = 0; n < 500; n += 1) before.recordExecution(execution(n));
    before.close();
    truncateSync(join(folder, 'telemetry.db'), 8_192);

    const after = open(folder);
    after.recordExecution(execution(1));

    expect(after.metrics()[0]?.totalCalls).toBe(1);
    expect(after.health()).toContain('set aside');
  });

  it('never touches the file of another program, and says so', () => {
    const folder = temporaryFolder();
    const other = new Database(join(folder, 'telemetry.db'));
    other.exec('CREATE TABLE theirs (x)');
    other.close();
    const telemetry = open(folder);

    telemetry.recordExecution(execution(1));
    telemetry.flush();

    expect(telemetry.health()).toContain('another program');
    expect(readdirSync(folder)).toEqual(['telemetry.db']);
  });

  it('goes on counting in a file of the first version, and reads its tools anew', () => {
    const folder = temporaryFolder();
    const old = new Database(join(folder, 'telemetry.db'));
    const [first = ''] = telemetrySpec(folder).migrations;
    old.exec(`${first}
      INSERT INTO tallies VALUES ('render', 'get', '${JSON.stringify(tallyOf([execution(1)]))}');
      INSERT INTO tools VALUES ('render', 'get', 'Gets', '{"type":"object"}');
      INSERT INTO catalogue VALUES (7);
      PRAGMA application_id = ${telemetrySpec(folder).applicationId};
      PRAGMA user_version = 1;`);
    old.close();

    const telemetry = open(folder);
    telemetry.recordExecution(execution(2));

    expect(telemetry.metrics()).toMatchObject([{ server: 'render', tool: 'get', totalCalls: 2 }]);
    expect(telemetry.catalogue(['bridge'])).toBeUndefined();
  });

  it('gives schemas that are like any other value: in copies, and as JSON', () => {
    const telemetry = open(temporaryFolder());
    const schemas = { parameters: { type: 'object' }, output: { type: 'string' } };
    const tool = { server: 'render', name: 'get', description: 'Gets', ...schemas };
    telemetry.storeCatalogue([{ source: 'bridge', tools: [tool] }], 1);
    const [first, again] = [1, 2].map(() => telemetry.catalogue(['bridge'])?.tools[0]);

    expect({ ...first }).toEqual({ ...tool, source: 'bridge', firstSeenAt: 1, lastSeenAt: 1 });
    expect(JSON.parse(JSON.stringify(again))).toEqual({ ...first });
    expect(first?.parameters).toBe(first?.parameters);
  });

  it('has no schema where the text of one is broken, and the tool still', () => {
    const folder = temporaryFolder();
    const telemetry = open(folder);
    const tool = { server: 'render', name: 'get', description: 'Gets', parameters: { type: 'object' } };
    telemetry.storeCatalogue([{ source: 'bridge', tools: [tool] }], 1);
    const file = new Database(join(folder, 'telemetry.db'));
    file.exec(`UPDATE tools SET parameters = '{"type'`);
    file.close();

    expect(telemetry.catalogue(['bridge'])?.tools).toMatchObject([{ name: 'get', parameters: null }]);
  });

  it('harms nobody when its place is taken by a folder', () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'telemetry.db'));
    const telemetry = open(folder);

    telemetry.recordExecution(execution(1));
    telemetry.storeCatalogue([], 1);

    expect(telemetry.metrics()).toEqual([]);
    expect(telemetry.health()).toContain('is a folder');
  });

  it('keeps what it cannot write while another program holds the file, and writes it later', () => {
    const folder = temporaryFolder();
    const telemetry = open(folder);
    telemetry.recordExecution(execution(1));
    telemetry.flush();
    const other = new Database(join(folder, 'telemetry.db'));
    other.exec('BEGIN IMMEDIATE');

    telemetry.recordExecution(execution(2));
    telemetry.flush();
    const healthMeanwhile = telemetry.health();
    other.exec('ROLLBACK');
    other.close();

    expect(healthMeanwhile).toContain('locked');
    expect(telemetry.executions({ limit: 10 })).toHaveLength(2);
    expect(telemetry.health()).toBeUndefined();
  });
});

function open(folder: string): Telemetry {
  const telemetry = openTelemetry({ folder, clock: { now: () => Date.UTC(2026, 0, 1) } });
  onTestFinished(() => telemetry.close());
  return telemetry;
}
