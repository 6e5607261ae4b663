import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject, runnerFile } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { chain, recovery } from '../support/cli-workflows.ts';

let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge({ apiKey: 'bridge-key-4711', record: 20 });
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({ 'workflows/chain.yaml': chain, 'workflows/recovery.yaml': recovery });
});

afterEach(() => project.remove());

function runner(...args: readonly string[]) {
  return project.runner(args, {
    env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: 'bridge-key-4711', MCP_RETRY_DELAY_BASE: '0.01' },
  });
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await runner(...args, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** What a real bash offers for the last of the words. */
async function completer(): Promise<(words: string) => Promise<string[]>> {
  const script = join(await mkdtemp(join(tmpdir(), 'completion-')), 'runner.bash');
  await writeFile(script, (await runner('completion', 'bash')).stdout);
  return async (words) => {
    const ask = `runner() { '${process.execPath}' '${runnerFile}' "$@"; }; source ${script}; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _runner; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', ask], {
      cwd: project.root,
      env: { ...process.env, MCP_BRIDGE_URL: bridge.url },
    });
    return [...stdout.split('\n'), ...stderr.split('\n')].filter((word) => word !== '');
  };
}

describe('runner completion', () => {
  it('offers runs, states, tools, servers and workflows of the project', async () => {
    const { run_id: id } = (await json('run', 'recovery', '-i', 'id=one')) as { run_id: string };
    await json('tools', 'sync');
    const complete = await completer();

    expect(await complete('runner show ""')).toEqual([id]);
    expect(await complete(`runner logs ${id.slice(0, 8)}`)).toEqual([id]);
    expect(await complete('runner cancel ""')).toEqual([]);
    expect(await complete('runner resume ""')).toEqual([]);
    expect(await complete('runner runs --status ca')).toEqual(['cancelled']);
    expect(await complete('runner runs --workflow rec')).toEqual(['recovery']);
    expect(await complete('runner call render/restart_s')).toEqual(['render/restart_service']);
    expect(await complete('runner tools explain render/restart_s')).toEqual(['render/restart_service']);
    expect(await complete('runner cache clear --server ren')).toEqual(['render']);
  });

  it('offers nothing, and makes nothing, where nothing is known or all is wrong', async () => {
    const complete = await completer();

    expect(await complete('runner show ""')).toEqual([]);
    expect(await complete('runner call ""')).toEqual([]);
    expect(existsSync(join(project.root, '.runner'))).toBe(false);
    await project.write('runner.yaml', 'bridg: sandbox\n');
    expect(await complete('runner show ""')).toEqual([]);
    expect(await runner('offer', 'nonsense')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('offers no word that a shell would take for a command', async () => {
    await project.write('workflows/$(touch made).yaml', 'steps: []\n');
    const complete = await completer();

    expect(await complete('runner run ""')).not.toContain('$(touch made)');
    expect(existsSync(join(project.root, 'made'))).toBe(false);
  });

  it('completes commands, options and workflows in a real bash', async () => {
    const complete = await completer();

    expect(await complete('runner res')).toEqual(['resume', 'resolve', 'restore']);
    expect(await complete('runner run ch')).toEqual(['chain']);
    expect(await complete('runner run chain --dr')).toEqual(['--dry-run']);
    expect(await complete('runner cache ""')).toEqual(['stats', 'clear', 'on', 'off']);
    expect(await complete('runner resolve x --as ""')).toEqual(['done', 'failed', 'retry']);
  });

  it('offers nothing more once all arguments are there, nor a word for a value that it does not know', async () => {
    await json('tools', 'sync');
    const complete = await completer();

    expect(await complete('runner run chain ""')).toEqual([]);
    expect(await complete('runner call render/restart_service ""')).toEqual([]);
    expect(await complete('runner tools explain render/restart_service ""')).toEqual([]);
    expect(await complete('runner run --input id = one --json ch')).toEqual(['chain']);
    expect(await complete('runner run -i id := 1 ch')).toEqual(['chain']);
    expect(await complete('runner run --input ""')).toEqual([]);
    expect(await complete('runner validate chain rec')).toEqual(['recovery']);
  });

  it.each(['zsh', 'fish'])('prints a script for %s that names every command', async (shell) => {
    const { code, stdout } = await runner('completion', shell);

    expect(code).toBe(0);
    for (const command of ['run', 'resume', 'doctor', 'cache']) expect(stdout).toContain(command);
  });

  it('knows no other shell: 2', async () => {
    expect((await runner('completion', 'tcsh')).code).toBe(2);
  });
});
