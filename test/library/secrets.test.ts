import { describe, expect, it } from 'vitest';
import { libraryProject } from '../support/library.ts';

const login = `
name: login
inputs: { password: { type: string, sensitive: true } }
steps:
  - { id: session, tool: crm/get_session, params: { password: $password }, sensitive: true }
  - { id: note, set: { said: 'opened with $password' } }
output: { token: $session.token, said: $note.said, user: $session.user }
`;
const deploy = `
name: deploy
secrets: [DEPLOY_KEY]
steps:
  - { id: header, set: { text: 'Bearer \${secrets.DEPLOY_KEY}' } }
  - { tool: ci/get_state, params: { header: $header.text } }
`;
const config = 'journal_key: { env: JOURNAL_KEY }\nsecrets: { DEPLOY_KEY: { env: DEPLOY_KEY } }\n';
const env = { JOURNAL_KEY: 'k'.repeat(32), DEPLOY_KEY: 'deploy-key-41c7' };

describe('what a program is given', () => {
  it('of a run holds no sensitive value, neither in its place nor passed on', async () => {
    const answers = { result: { token: 'tok-9f31aa', user: 'ada' } };
    const { runner } = await libraryProject(
      () => answers,
      { 'workflows/login.yaml': login, 'runner.yaml': config },
      env,
    );

    const answer = await runner.run('login', { password: 'hunter-2041' });

    expect(answer.output).toEqual({ token: '[redacted]', said: 'opened with [redacted]', user: 'ada' });
    expect(answer.steps.map(({ output }) => output)).toEqual(['[sensitive]', { said: 'opened with [redacted]' }]);
  });

  it('of a run that ends with a sensitive step is a notice', async () => {
    const last = login.replace(/ {2}- { id: note[^]*/, '');
    const { runner } = await libraryProject(() => ({ result: 'tok-9f31aa' }), { 'workflows/login.yaml': last });

    expect(await runner.run('login', { password: 'hunter-2041' })).toMatchObject({ output: '[sensitive]' });
  });

  it('of a run holds no secret, and shows which one was meant', async () => {
    const files = { 'workflows/deploy.yaml': deploy, 'runner.yaml': config };
    const { runner, bridge } = await libraryProject(({ params }) => ({ result: params }), files, env);

    const { steps, output } = await runner.run('deploy');

    expect(bridge.calls[0]?.params).toEqual({ header: 'Bearer deploy-key-41c7' });
    expect(steps[0]?.output).toEqual({ text: 'Bearer [secret DEPLOY_KEY]' });
    expect(output).toEqual({ header: 'Bearer [redacted]' });
  });

  it('of other runs, chains and calls is whole, even where it equals what a run keeps out of sight', async () => {
    const answers = { result: { token: 'tok-9f31aa', user: 'ada' } };
    const { runner } = await libraryProject(() => answers, { 'workflows/login.yaml': login });
    await runner.run('login', { password: 'hunter-2041' });

    const chain = await runner.chain('again', [['crm', 'get_session', {}]]);
    const call = await runner.call('crm/get_session');

    expect(chain.output).toEqual({ token: 'tok-9f31aa', user: 'ada' });
    expect(call.result).toEqual({ token: 'tok-9f31aa', user: 'ada' });
  });
});

describe('a budget by a parameter that is a secret', () => {
  const restart = `
name: restart
secrets: [DEPLOY_KEY]
steps: [{ tool: ci/create_build, params: { key: $secrets.DEPLOY_KEY }, budget: { key: $params.key, max: 1, per: 1h } }]
`;

  it('counts over all runs, and holds a fingerprint in the place of the value', async () => {
    const files = { 'workflows/restart.yaml': restart, 'runner.yaml': config };
    const { runner } = await libraryProject(() => ({ result: 'built' }), files, env);
    await runner.run('restart');

    const { status, error } = await runner.run('restart');

    expect({ status, code: error?.code }).toEqual({ status: 'failed', code: 'budget_exceeded' });
    expect(error?.message).toMatch(/\[secret DEPLOY_KEY [0-9a-f]{16}\]/);
  });
});
