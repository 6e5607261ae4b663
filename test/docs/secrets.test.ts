import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApp } from '../../src/app/app.ts';
import { showRun } from '../../src/app/runs.ts';
import { loadWorkflow } from '../../src/language/load.ts';
import { loadProjectConfig } from '../../src/language/project-config.ts';
import { codeBlocksOf } from '../support/code-blocks.ts';
import { libraryProject } from '../support/library.ts';

const page = 'docs/secrets.md';
const [sources = '', charge = '', login = '', oneKey = '', twoKeys = '', ...others] = codeBlocksOf(page, ['yaml']).map(
  ({ text }) => text,
);
const [, makeKey = ''] = /`(openssl [^`]+)`/.exec(readFileSync(page, 'utf8')) ?? [];

function newKey(): string {
  const [program = '', ...args] = makeKey.split(' ');
  return execFileSync(program, args, { encoding: 'utf8' }).trim();
}

describe('docs/secrets.md', () => {
  it.each([
    ['sources of secrets', sources],
    ['a journal key', oneKey],
    ['two journal keys', twoKeys],
  ])('shows %s without faults', async (_, text) => {
    const bytes = new TextEncoder().encode(text);

    expect((await loadProjectConfig(bytes, { file: 'runner.yaml', env: {} })).diagnostics).toEqual([]);
  });

  it.each([
    ['uses a secret', 'charge', charge],
    ['has sensitive values', 'login', login],
  ])('shows a workflow that %s without faults', async (_, name, text) => {
    const facts = { envNames: [], allowHosts: [], knownWorkflows: [], secretNames: ['STRIPE_KEY'], sealsJournal: true };
    const { diagnostics } = await loadWorkflow(new TextEncoder().encode(text), { file: `${name}.yaml`, facts });

    expect(diagnostics).toEqual([]);
  });

  it('shows how a key is made and changed: what the old one sealed, both of them read', async () => {
    const variables = { RUNNER_JOURNAL_KEY: newKey(), NEW_JOURNAL_KEY: newKey() };
    const files = { 'runner.yaml': oneKey, 'workflows/login.yaml': login };
    const { runner, folder } = await libraryProject(() => ({ result: { token: 'tok-9f31aa' } }), files, variables);
    const { runId, steps } = await runner.run('login', { password: 'hunter-2041' });
    await runner.close();

    writeFileSync(join(folder, 'runner.yaml'), twoKeys);
    const app = await openApp({ cwd: folder, variables });

    expect(steps[0]?.output).toBe('[sensitive]');
    expect((await showRun(app, runId)).document).toMatchObject({ status: 'succeeded' });
    await app.close();
  });

  it('shows nothing that is not checked here', () => {
    expect(others).toEqual([]);
    expect(makeKey).not.toBe('');
  });
});
