import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProjectFacts } from '../../src/language/load.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import { withWrittenSecrets } from '../../src/language/written-secrets.ts';
import { renderDiagnostic } from '../../src/model/render-diagnostic.ts';

const folder = 'test/fixtures';
const facts: ProjectFacts = {
  envNames: ['REGION'],
  allowHosts: [],
  knownWorkflows: ['full_deployment', 'other'],
};
const service = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string' },
    status: { type: ['string', 'null'] },
    owner: { $ref: '#/$defs/owner' },
    deploys: { type: 'array', items: { type: 'object', properties: { commit: { type: 'string' } } } },
    extra: { type: 'object' },
  },
  $defs: { owner: { type: 'object', properties: { name: { type: 'string' }, owner: { $ref: '#/$defs/owner' } } } },
};
const withResults: ProjectFacts = {
  ...facts,
  tools: {
    overlays: [{ pattern: 'far/get_service@2', server: 'near', tool: 'get_service' }],
    outputs: { 'far/get_service': service, 'far/list_services': service },
  },
  knownOutputs: { 'near/get_service': service },
};

const ofFixture: Readonly<Record<string, ProjectFacts>> = {
  'tool_unknown.yaml': { ...facts, knownTools: ['render/render_get_service', 'github/getCommits'] },
  'sensitive_not_sealed.yaml': { ...facts, sealsJournal: false },
  'secret_unknown.yaml': { ...facts, secretNames: ['RENDER_HOOK'] },
  'tool_version_unmapped.yaml': {
    ...facts,
    tools: { overlays: [{ pattern: 'stripe/create_customer@2', server: 'stripe_v2', tool: 'create' }] },
  },
  'result_path.yaml': withResults,
  'result_path_uncertain.yaml': withResults,
  'result_path_known.yaml': withResults,
  'computed_host.yaml': { ...facts, allowHosts: ['*.onrender.com'] },
};

describe('a workflow file with faults', () => {
  it.each(fixtures('err'))('%s is answered with all of them', async (name) => {
    const { diagnostics, workflow } = await load('err', name);

    const told = `${diagnostics.map(renderDiagnostic).join('\n')}\n`;
    const expected = join(folder, 'err', name.replace(/\.yaml$/, '.expected.txt'));
    // `RECORD=1` writes the answers of new fixtures, for a person to read before they are committed.
    if (process.env['RECORD'] === '1' && !existsSync(expected)) writeFileSync(expected, told);
    expect(told).toBe(readFileSync(expected, 'utf8'));
    expect(diagnostics).not.toEqual([]);
    expect(workflow === undefined).toBe(diagnostics.some(({ severity }) => severity !== 'warning'));
  });
});

describe('a workflow file without faults', () => {
  it.each(fixtures('ok'))('%s is compiled', async (name) => {
    const { diagnostics, workflow } = await load('ok', name);

    expect(diagnostics.map(renderDiagnostic)).toEqual([]);
    expect(JSON.parse(JSON.stringify(workflow))).toEqual(workflow);
  });
});

function fixtures(kind: 'ok' | 'err'): string[] {
  return readdirSync(join(folder, kind)).filter((name) => name.endsWith('.yaml'));
}

async function load(kind: 'ok' | 'err', name: string) {
  const bytes = readFileSync(join(folder, kind, name));
  const loaded = await loadWorkflow(bytes, { file: name, facts: ofFixture[name] ?? facts });
  const written = { file: name, kind: 'workflow', text: new TextDecoder().decode(bytes) } as const;
  return { ...loaded, diagnostics: await withWrittenSecrets({ ...written, diagnostics: loaded.diagnostics }) };
}
