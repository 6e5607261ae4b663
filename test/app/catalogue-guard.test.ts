import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTelemetry } from '../../src/adapters/sqlite/telemetry.ts';
import type { App } from '../../src/app/app.ts';
import { openCatalogueGuard } from '../../src/app/catalogue/catalogue-guard.ts';
import type { Telemetry } from '../../src/engine/ports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const parameters = { type: 'object', required: ['id'], properties: { id: { type: 'string' } } };
const restart = { server: 'far', name: 'restart', description: '', parameters };
const call = { kind: 'tool', server: 'far', tool: 'restart', params: {} } as const;
const day = 86_400_000;

let telemetry: Telemetry;
let now: number;

beforeEach(() => {
  now = 10 * day;
  telemetry = openTelemetry({ folder: temporaryFolder(), clock: { now: () => now } });
});

afterEach(() => telemetry.close());

/** All that the guard asks of an app. */
function guard(mcpServers: readonly object[] = []) {
  const overlays = [{ pattern: 'far/restart@2', tool: 'restart' }];
  return openCatalogueGuard({
    configuration: { bridge: { kind: 'sandbox', from: '' }, mcpServers, tools: overlays },
    stores: { telemetry: () => Promise.resolve(telemetry) },
    clock: { now: () => now },
  } as unknown as App);
}

describe('the catalogue, of a call', () => {
  it('says which parameter does not fit', async () => {
    telemetry.storeCatalogue([{ source: 'sandbox', tools: [restart] }], now);

    await expect((await guard()).check(call)).resolves.toMatchObject({
      kind: 'invalid_params',
      message: 'far/restart: must have the member "id". It was not called.',
      outcome: 'not_executed',
    });
  });

  it('says it of a version, too, by the tool that it stands for', async () => {
    telemetry.storeCatalogue([{ source: 'sandbox', tools: [restart] }], now);

    await expect((await guard()).check({ ...call, version: '2' })).resolves.toMatchObject({
      message: 'far/restart@2: must have the member "id". It was not called.',
    });
  });

  it.each([
    ['it was never read', () => undefined],
    ['it was read a day ago', () => telemetry.storeCatalogue([{ source: 'sandbox', tools: [restart] }], now - day)],
    ['the tool is of another source', () => telemetry.storeCatalogue([{ source: 'far', tools: [restart] }], now)],
    [
      'its server did not answer when others were read',
      () => {
        telemetry.storeCatalogue([{ source: 'sandbox', tools: [restart] }], now - 2);
        telemetry.storeCatalogue([{ source: 'near', tools: [] }], now - 1);
      },
    ],
  ])('says nothing where %s', async (_, arrange) => {
    arrange();
    const opened = await guard([{ name: 'near', target: { kind: 'stdio' } }]);

    expect(opened.knows(call)).toBe(false);
    expect(await opened.check(call)).toBeUndefined();
  });
});
