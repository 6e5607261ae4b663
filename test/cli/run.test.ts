import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../bench/fake-bridge.mjs';
import { makeProject, runnerFile, startCommand } from '../support/cli.ts';
import type { CliProject } from '../support/cli.ts';
import { chain, recovery } from '../support/cli-workflows.ts';

const key = 'bridge-key-4711';
let bridge: Awaited<ReturnType<typeof startBridge>>;
let project: CliProject;

beforeAll(async () => {
  bridge = await startBridge({ apiKey: key, strict: true, record: 50 });
});

afterAll(() => bridge.close());

beforeEach(async () => {
  bridge.reset();
  project = await makeProject({ 'workflows/chain.yaml': chain, 'workflows/recovery.yaml': recovery });
});

afterEach(() => project.remove());

function run(args: readonly string[], env: Record<string, string> = {}) {
  const variables = { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: key, MCP_RETRY_DELAY_BASE: '0.01', ...env };
  return project.runner(['run', ...args], { env: variables });
}

describe('runner run', () => {
  it('runs a workflow by its path, and says how it went', async () => {
    const { code, stdout, stderr } = await run(['workflows/chain.yaml', '--input', 'id=srv-1']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ chain succeeded after \S+ \(3 of 3 steps done, run \d{8}-\d{6}-\w{8}\)\n/);
    expect(stdout).toContain('"posted":"Restarted srv-1"');
    expect(stderr).toContain('step_1: succeeded');
  });

  it('runs a workflow by its name, from a folder below the root', async () => {
    await project.write('deep/down/file', '');

    const { code } = await project.runner(['run', 'chain', '-i', 'id=x'], {
      env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: key },
      cwd: 'deep/down',
    });

    expect(code).toBe(0);
  });

  it('prints one JSON document with every promised member', async () => {
    const { code, stdout } = await run(['chain', '--input', 'id=srv-1', '--json']);

    const document = JSON.parse(stdout) as { readonly steps: readonly object[] };
    expect(code).toBe(0);
    expect(document).toEqual({
      run_id: expect.stringMatching(/^\d{8}-\d{6}-\w{8}$/) as string,
      workflow: 'chain',
      status: 'succeeded',
      success: true,
      output: { posted: 'Restarted srv-1' },
      error: null,
      duration_ms: expect.any(Number) as number,
      total_steps: 3,
      completed_steps: 3,
      sandbox: false,
      dry_run: false,
      read_only: false,
      environment: null,
      cost: 0,
      steps: expect.any(Array) as object[],
    });
    expect(document.steps[0]).toEqual({
      id: null,
      key: 'step_1',
      kind: 'tool',
      status: 'succeeded',
      attempts: 1,
      retry_count: 0,
      duration_ms: expect.any(Number) as number,
      cached: false,
      fallback_used: false,
      waited_ms: 0,
      cost: null,
      error: null,
      output: { id: 'srv-1' },
    });
  });

  it('sends the key, and never shows it', async () => {
    bridge.setRules({ 'render/get_service': { result: { id: key, nested: [`Bearer ${key}`] } } });

    const { stdout, stderr } = await run(['chain', '--input', `id=${key}`, '--json']);
    const shown = await project.runner(['show', '--json', (JSON.parse(stdout) as { run_id: string }).run_id]);
    const history = await project.runner(['history', '--json']);

    expect(bridge.requests()[0]?.headers['x-api-key']).toBe(key);
    expect(stdout + stderr + history.stdout).not.toContain(key);
    expect(stdout).toContain('[redacted]');
    expect(shown.code).toBe(0);
  });

  it('keeps a key that the bridge repeats out of its files', async () => {
    bridge.setRules({ 'render/get_service': { result: { id: 'srv-1', header: `Bearer ${key}` } } });

    await run(['chain', '--input', 'id=srv-1']);

    const folder = join(project.root, '.runner');
    const names = await readdir(folder);
    expect(names).toContain('journal.db');
    for (const name of names) expect(await readFile(join(folder, name), 'latin1')).not.toContain(key);
  });

  it('fails with 1 when its result cannot be written', async () => {
    const toFullDisk = ['sh', '-c', '"$0" "$1" tools --json > /dev/full', process.execPath, runnerFile];

    const { code, stderr } = await startCommand(toFullDisk, {
      cwd: project.root,
      env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: key },
    }).ended;

    expect(stderr).toContain('the result could not be written to stdout');
    expect(code).toBe(1);
  });

  it.each([
    [['--input', 'id:="srv-1"'], {}],
    [['--input', 'id=@id.txt'], { 'id.txt': 'srv-1' }],
    [['--inputs', 'inputs.json'], { 'inputs.json': '{"id":"srv-1"}' }],
    [['--inputs', 'inputs.json', '--input', 'id=srv-1'], { 'inputs.json': '{"id":"other"}' }],
  ])('takes inputs as %j', async (args, files) => {
    for (const [path, text] of Object.entries(files)) await project.write(path, text);

    const { stdout } = await run(['chain', ...args, '--json']);

    expect(JSON.parse(stdout)).toMatchObject({ success: true, output: { posted: 'Restarted srv-1' } });
  });

  it('takes inputs from stdin', async () => {
    const { code } = await project.runner(['run', 'chain', '--inputs', '-'], {
      env: { MCP_BRIDGE_URL: bridge.url, MCP_API_KEY: key },
      input: '{"id":"srv-1"}',
    });

    expect(code).toBe(0);
  });

  it.each([
    ['an unknown input', ['--input', 'id=x', '--input', 'idd=y'], 'INPUT_UNKNOWN'],
    ['an unknown input with the name of a built-in', ['--input', 'id=x', '--input', '__proto__=y'], 'INPUT_UNKNOWN'],
    ['bottomless JSON', ['--input', `id:=${'['.repeat(600)}${']'.repeat(600)}`], 'USAGE'],
    ['a missing input', [], 'INPUT_MISSING'],
    ['an input of the wrong type', ['--input', 'id:=7'], 'INPUT_INVALID'],
    ['no name=value', ['--input', 'id'], 'USAGE'],
    ['bad JSON', ['--input', 'id:={'], 'USAGE'],
    ['a file that is not there', ['--input', 'id=@nowhere'], 'USAGE'],
  ])('refuses %s with 2, before anything was called', async (_, args, code) => {
    const result = await run(['chain', ...args]);

    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error ${code}:`);
    expect(bridge.stats().requests).toBe(0);
  });

  it('refuses an invalid file with 2, every fault with its place', async () => {
    await project.write('workflows/bad.yaml', 'name: bad\nsteps:\n  - tol: a/b\n  - log: $nobody.x\n');

    const { code, stderr } = await run(['bad']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/workflows\/bad\.yaml:3:\d+ \w+/);
    expect(stderr).toMatch(/workflows\/bad\.yaml:4:\d+ \w+/);
    expect(stderr).toContain('error WORKFLOW_INVALID');
  });

  it('refuses with 2 what this version cannot execute, before the first step', async () => {
    await project.write(
      'workflows/later.yaml',
      'name: later\nsteps:\n  - tool: render/restart_service\n    budget: { max: 1, per: 1h, then: approve }\n',
    );

    const { code, stderr } = await run(['later']);

    expect(code).toBe(2);
    expect(stderr).toContain('error WORKFLOW_UNSUPPORTED');
    expect(stderr).toContain('\nDo without what is named above');
    expect(bridge.stats().requests).toBe(0);
  });

  it.each([
    ['chian', 'the nearest one', 'Did you mean "chain"?'],
    ['nothing_like_it', 'the known ones', 'Known workflows: chain, recovery'],
  ])('knows no workflow called %s: 2, with %s', async (name, _, hint) => {
    const { code, stderr } = await run([name]);

    expect(code).toBe(2);
    expect(stderr).toContain(`error WORKFLOW_NOT_FOUND: No workflow is called "${name}".`);
    expect(stderr).toContain(hint);
  });

  it('fails with 1, and says what failed, what was tried and what to do next', async () => {
    bridge.setRules({ 'render/get_service': { status: 503 } });

    const { code, stdout, stderr } = await run(['recovery', '--input', 'id=x']);

    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ recovery failed/);
    expect(stdout).toMatch(/step\s+status \(render\/get_service\), line 5/);
    expect(stdout).toMatch(/error\s+http\.503: /);
    expect(stdout).toMatch(/tried\s+4 attempts/);
    expect(stdout).toMatch(/hint\s+Look at the far side/);
    expect(stdout).not.toContain('may have taken effect');
    expect(stdout).toMatch(/next\s+runner show \d/);
    expect(stderr).toContain('status: attempt 1 failed');
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
  });

  it('fails with 1 when the bridge cannot be reached', async () => {
    const { code, stdout } = await run(['chain', '--input', 'id=x', '--json'], {
      MCP_BRIDGE_URL: 'http://127.0.0.1:1',
    });

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: { step: 'step_1', code: 'connection' } });
  });

  it('fails with 1 when the key is refused, and names the variable', async () => {
    const { code, stdout } = await run(['chain', '--input', 'id=x'], { MCP_API_KEY: 'wrong-key' });

    expect(code).toBe(1);
    expect(stdout).toContain('http.401');
    expect(stdout).toContain('MCP_API_KEY');
  });

  it('ends with 2 and the remedy where no bridge is configured', async () => {
    const { code, stderr } = await project.runner(['run', 'chain', '--input', 'id=x']);

    expect(code).toBe(2);
    expect(stderr).toContain('error BRIDGE_MISSING');
    expect(stderr).toContain('MCP_BRIDGE_URL');
    expect(stderr).toContain('--sandbox');
  });

  it('needs no bridge for a workflow without tools', async () => {
    await project.write('workflows/plain.yaml', 'name: plain\nsteps:\n  - set: { a: 1 }\n');

    const { code, stdout } = await project.runner(['run', 'plain']);

    expect(code).toBe(0);
    expect(stdout).toContain('{"a":1}');
    expect(stdout).not.toContain('sandbox');
  });

  it('performs reads and prints writes with --dry-run', async () => {
    const { code, stdout } = await run(['recovery', '--input', 'id=srv-1', '--dry-run']);

    expect(code).toBe(0);
    expect(Object.keys(bridge.stats().tools)).toEqual(['render/get_service']);
    expect(stdout).toContain('as a dry run');
    expect(stdout).toMatch(/writes\s+restart: render\/restart_service\n\s+\{"id":"srv-1"\}/);
  });

  it('asks anew with --no-cache', async () => {
    await project.write(
      'workflows/twice.yaml',
      'name: twice\nsteps:\n  - tool: render/get_service\n  - tool: render/get_service\n',
    );

    await run(['twice']);
    const cached = bridge.stats().requests;
    await run(['twice', '--no-cache']);

    expect([cached, bridge.stats().requests - cached]).toEqual([1, 2]);
  });

  it('ends with 6 when the storage cannot be used, and names the file', async () => {
    await project.write('.runner/journal.db', 'this is no database, but somebody wants to keep it');

    const { code, stderr } = await run(['chain', '--input', 'id=x']);

    expect(code).toBe(6);
    expect(stderr).toMatch(/error STORAGE_\w+: .*journal\.db/);
    expect(bridge.stats().requests).toBe(0);
  });

  it('ends with 6 when the storage folder cannot be made', async () => {
    await project.write('taken', 'a file');

    const { code, stderr } = await run(['chain', '--input', 'id=x'], { RUNNER_HOME: 'taken' });

    expect(code).toBe(6);
    expect(stderr).toMatch(/error STORAGE_UNUSABLE: .*taken/);
  });

  it('ends with 2 for a bad variable, and names it', async () => {
    const { code, stderr } = await run(['chain', '--input', 'id=x'], { MCP_MAX_RETRIES: 'many' });

    expect(code).toBe(2);
    expect(stderr).toContain('error CONFIG_INVALID: MCP_MAX_RETRIES is "many"');
  });

  it('ends with 2 for a bad runner.yaml, with the place', async () => {
    await project.write('runner.yaml', 'bridg: sandbox\n');

    const { code, stderr } = await run(['chain', '--input', 'id=x']);

    expect(code).toBe(2);
    expect(stderr).toMatch(/runner\.yaml:1:1 /);
    expect(stderr).toContain('error CONFIG_INVALID');
  });

  it('annotates faults and failures on GitHub', async () => {
    bridge.setRules({ 'render/get_service': { status: 404, body: { error: 'gone' } } });
    await project.write('workflows/bad.yaml', 'name: bad\nsteps:\n  - tol: a/b\n');

    const failed = await run(['recovery', '--input', 'id=x'], { GITHUB_ACTIONS: 'true' });
    const invalid = await run(['bad'], { GITHUB_ACTIONS: 'true' });

    expect(failed.stderr).toMatch(/^::error file=workflows\/recovery\.yaml,line=5,title=recovery failed::status: /m);
    expect(invalid.stderr).toMatch(/^::error file=workflows\/bad\.yaml,line=3,col=\d+,title=\w+::/m);
  });

  it('escapes what a tool sends to steer the terminal', async () => {
    bridge.setRules({ 'github/*': { result: { text: '\u001b]0;owned\u0007' } } });

    const { stdout } = await run(['chain', '--input', 'id=\u001b[2J']);

    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('\\u001b');
  });

  it('colours its output when it is forced to', async () => {
    const { stdout } = await run(['chain', '--input', 'id=x'], { FORCE_COLOR: '1' });

    expect(stdout).toContain('\u001b[32m');
  });
});
