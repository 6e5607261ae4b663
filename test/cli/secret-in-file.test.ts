import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

const config = `# was AKIAIOSFODNN7QWERTYU
bridge: { url: "https://bridge.acme.io", api_key: 7c1f0e9ab2d34455 }
secrets: { API_TOKEN: { env: API_TOKEN } }
mcpServers:
  github:
    url: https://mcp.acme.io
    headers: { Authorization: "Bearer \${PAT}", X-Api-Key: "\${KEY:-none}" }
environments:
  staging: { journal_key: [q7Jx9zWq81mPwL2k5v8y0b3e6h9m2p5s8u1x] }
`;
const values = /AKIAIOSF|7c1f0e9a|q7Jx9zWq|hunter22/;

let project: CliProject;

beforeEach(async () => {
  project = await makeProject({
    'runner.yaml': config,
    'workflows/flow.yaml': 'name: flow\nsteps:\n  - set: { password: hunter22! }\n',
  });
});

afterEach(() => project.remove());

const env = { PAT: 'ghp_0123456789abcdefghijABCDEFGHIJ012345', KEY: 'sesame-0pen-123' };

describe('runner validate, of credentials that are written into files', () => {
  it('warns about those of runner.yaml and of workflows, and shows none of them', async () => {
    const { code, stdout, stderr } = await project.runner(['validate'], { env });

    expect(code).toBe(0);
    expect(stdout).toMatch(/^runner\.yaml:1:7 SECRET_IN_FILE/m);
    expect(stdout).toMatch(/^runner\.yaml:2:51 SECRET_IN_FILE/m);
    expect(stdout).toMatch(/^runner\.yaml:9:28 SECRET_IN_FILE/m);
    expect(stdout).toContain('write `${NAME}`');
    expect(stdout).toMatch(/^workflows\/flow\.yaml:3:22 SECRET_IN_FILE/m);
    expect(stdout).toContain('write `$secrets.NAME`');
    expect(stdout).toContain('1 file, 0 errors, 4 warnings');
    expect(stdout + stderr).not.toMatch(values);
  });

  it('lists them in --json', async () => {
    const { stdout } = await project.runner(['validate', '--json'], { env });

    expect(JSON.parse(stdout)).toMatchObject({
      valid: true,
      warnings: 4,
      configuration: [{ line: 1 }, { line: 2 }, { line: 9, code: 'SECRET_IN_FILE' }],
      results: [{ diagnostics: [{ code: 'SECRET_IN_FILE' }] }],
    });
    expect(stdout).not.toMatch(values);
  });

  it('is no matter of a run', async () => {
    const { code, stderr } = await project.runner(['run', 'flow'], { env });

    expect(code).toBe(0);
    expect(stderr).not.toContain('SECRET_IN_FILE');
  });
});
