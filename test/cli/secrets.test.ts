import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { gate } from '../support/cli-workflows.ts';
import { startEchoService } from '../support/echo-service.ts';
import type { EchoService } from '../support/echo-service.ts';

let service: EchoService;
let project: CliProject;

beforeEach(async () => {
  service = await startEchoService();
});

afterEach(async () => {
  service.close();
  await project.remove();
});

const config = (secrets: string): string => `secrets: ${secrets}\negress: { allow_hosts: ["*"] }\n`;

function workflowWith(steps: string): string {
  return `name: flow\nsecrets: [TOKEN]\nsteps:\n${steps.replaceAll('SERVICE', service.url)}`;
}

describe('a secret of runner.yaml', () => {
  it.each([
    ['bearer', 'auth: { bearer: $secrets.TOKEN }', 'Bearer sesame-open'],
    ['basic', 'auth: { basic: { username: me, password: $secrets.TOKEN } }', 'Basic bWU6c2VzYW1lLW9wZW4='],
    ['a header', 'headers: { authorization: "Token ${secrets.TOKEN}" }', 'Token sesame-open'],
  ])('arrives as %s and is shown nowhere', async (_, way, arrives) => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { env: MY_TOKEN } }\n',
      'workflows/flow.yaml': workflowWith(`  - http: { url: "SERVICE/", ${way} }\n`),
    });

    const { code, stdout, stderr } = await project.runner(['run', 'flow', '--json'], {
      env: { MY_TOKEN: 'sesame-open' },
    });

    expect(code).toBe(0);
    expect(service.requests[0]?.headers.authorization).toBe(arrives);
    expect(stdout + stderr).not.toMatch(/sesame-open|bWU6c2VzYW1lLW9wZW4=/);
  });

  it('passes through a `set` step as a handle', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { exec: [printf, sesame-open] } }\n',
      'workflows/flow.yaml': workflowWith(
        '  - id: login\n    set: { bearer: "Bearer ${secrets.TOKEN}" }\n' +
          '  - http: { url: "SERVICE/", headers: { authorization: $login.bearer } }\n  - log: with $login.bearer\n' +
          '  - return: $login\n',
      ),
    });

    const { code, stdout, stderr } = await project.runner(['run', 'flow']);

    expect(code).toBe(0);
    expect(service.requests[0]?.headers.authorization).toBe('Bearer sesame-open');
    expect(stdout).toContain('{"bearer":"Bearer [secret TOKEN]"}');
    expect(stderr).toContain('with Bearer [secret TOKEN]');
    expect(stdout + stderr).not.toContain('sesame');
  });

  it('reaches a command in its environment', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { file: key } }\n',
      key: 'sesame-open\n',
      'workflows/flow.yaml': workflowWith('  - run: test "$T" = sesame-open\n    env: { T: $secrets.TOKEN }\n'),
    });

    expect(await project.runner(['run', 'flow'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Everybody on this machine can read key. Run: chmod 600 key') as string,
    });
  });

  it('stops the run before its first step where it has no value', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { env: MY_TOKEN } }\n',
      'workflows/flow.yaml': workflowWith('  - log: hello\n'),
    });

    const { code, stderr } = await project.runner(['run', 'flow']);

    expect(code).toBe(2);
    expect(stderr).toBe(
      'error SECRET_MISSING: The secret TOKEN is missing: the environment variable MY_TOKEN is not set.\n' +
        'Set MY_TOKEN, or change where it comes from under "secrets" in runner.yaml.\n',
    );
    expect((await project.runner(['runs', '--json'])).stdout).toContain('"runs": []');
  });

  it('needs no value for `validate`, which knows the names', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKENS: { env: MY_TOKEN } }\n',
      'workflows/flow.yaml': workflowWith('  - log: hello\n'),
    });

    const { code, stdout } = await project.runner(['validate']);

    expect(code).toBe(2);
    expect(stdout).toContain('The project defines no secret `TOKEN`. Did you mean `TOKENS`?');
  });

  it('may be a whole address, whose host must be allowed', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { env: HOOK } }\negress: { allow_hosts: ["127.0.0.1"] }\n',
      'workflows/flow.yaml': workflowWith('  - http: { url: $secrets.TOKEN, method: POST, text: hello }\n'),
    });

    const { code, stdout, stderr } = await project.runner(['run', 'flow', '--json'], {
      env: { HOOK: `${service.url}/500/T01/sesame-open` },
    });

    expect({ code, urls: service.requests.map(({ url }) => url) }).toEqual({ code: 1, urls: ['/500/T01/sesame-open'] });
    expect(stdout + stderr).not.toContain('sesame-open');
  });
});

describe('a run that was interrupted', () => {
  it('is given the secrets anew when it is resumed', async () => {
    project = await makeProject({
      'runner.yaml': config('{ TOKEN: { env: MY_TOKEN } }').replace('["*"]', '["127.0.0.1"]'),
      'workflows/flow.yaml': workflowWith(
        '  - id: login\n    set: { bearer: "Bearer ${secrets.TOKEN}" }\n' +
          gate +
          '  - http: { url: "SERVICE/", headers: { authorization: $login.bearer }, auth: { bearer: $secrets.TOKEN } }\n',
      ),
    });
    const env = { MY_TOKEN: 'sesame-open' };
    const running = project.start(['run', 'flow'], { env });
    const output = await running.sees('at the gate');
    running.child.kill('SIGKILL');
    await running.ended;
    const id = /run (\d{8}-\d{6}-\w{8})/.exec(output)?.[1] ?? '';

    const refused = await project.runner(['resume', id]);
    await project.write('go', '');
    const resumed = await project.runner(['resume', id], { env });

    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('SECRET_MISSING') as string });
    expect(resumed.code).toBe(0);
    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sesame-open']);
  });
});

describe('a result in the cache', () => {
  it('is not shared by two values of a secret', async () => {
    project = await makeProject({
      'runner.yaml': 'secrets: { TOKEN: { env: MY_TOKEN } }\n',
      'workflows/flow.yaml': workflowWith(
        '  - http: { url: "SERVICE/", auth: { bearer: $secrets.TOKEN } }\n    cache: { ttl: 5m, scope: project }\n',
      ),
    });

    for (const token of ['sesame-1', 'sesame-1', 'sesame-2']) {
      await project.runner(['run', 'flow'], { env: { MY_TOKEN: token } });
    }

    expect(service.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sesame-1',
      'Bearer sesame-2',
    ]);
  });
});
