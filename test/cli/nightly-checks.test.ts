import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeProject } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';

let project: CliProject;

afterEach(() => project.remove());

describe('nightly_checks', () => {
  it('looks at every service of the sandbox and gives the state of each', async () => {
    const file = resolve(import.meta.dirname, '../../workflows/nightly_checks.yaml');
    project = await makeProject({
      'runner.yaml': 'bridge: sandbox\n',
      'workflows/nightly_checks.yaml': readFileSync(file, 'utf8'),
    });

    const { code, stdout } = await project.runner(['run', 'nightly_checks', '--json']);

    const { output } = JSON.parse(stdout) as { output: readonly unknown[] };
    expect(code).toBe(0);
    expect(output).toContainEqual({ id: 'srv-web', state: 'live' });
    expect(output).toContainEqual({ id: 'srv-stuck', state: 'unhealthy' });
  });
});
