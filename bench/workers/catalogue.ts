import { openTelemetry } from '../../src/adapters/sqlite/telemetry.ts';
import type { ToolDescription } from '../../src/model/executions.ts';
import { serve } from './serve.ts';

const servers = 50;
const toolsPerServer = 100;

/** Schemas of the size that real servers have: seven parameters, each described. */
const parameters = {
  type: 'object',
  required: ['id', 'limit'],
  properties: Object.fromEntries(
    ['id', 'limit', 'cursor', 'owner', 'region', 'since', 'labels'].map((name) => [
      name,
      { type: 'string', description: `What the ${name} of the service is; leave it out for the usual one.` },
    ]),
  ),
};

const tools: readonly ToolDescription[] = Array.from({ length: servers * toolsPerServer }, (_, index) => ({
  server: `server-${index % servers}`,
  name: `get_service_${index}`,
  description: 'Gives the service with its state, its region and when it was deployed last.',
  parameters: { ...parameters, title: `Parameters ${index}` },
  annotations: { readOnlyHint: true },
}));

/** Each turn opens the file anew, as a command does. */
serve(({ folder }: { readonly folder: string }) => {
  const clock = { now: () => 0 };
  const writer = openTelemetry({ folder, clock });
  writer.storeCatalogue([{ source: 'bridge', tools }], 1);
  writer.close();
  const reader = openTelemetry({ folder, clock });
  const before = performance.now();
  const found = reader.catalogue(['bridge'])?.tools.length;
  const loadMs = performance.now() - before;
  reader.close();
  if (found !== tools.length) throw new Error(`Of ${tools.length} tools, ${found} were read.`);
  return Promise.resolve({ loadMs });
});
