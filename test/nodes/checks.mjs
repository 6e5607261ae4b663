import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What an installed Runner is asked to do, in this order; each gives a word for the table, or throws. */
export const checks = { version, validate, run, 'kill and resume': killAndResume, library };

async function version(place) {
  const { stdout } = await runner(place, ['--version']);
  const manifest = JSON.parse(readFileSync(join(place.folder, 'node_modules/runner/package.json'), 'utf8'));
  assert.equal(stdout.trim(), manifest.version);
  return stdout.trim();
}

/** The workflows come with the package; a user's project begins with a copy of them. */
async function validate(place) {
  for (const name of ['workflows', 'runner.yaml']) {
    cpSync(join(place.folder, 'node_modules/runner', name), join(place.folder, name), { recursive: true });
  }
  await runner(place, ['validate']);
  return 'ok';
}

async function run(place) {
  const command = 'run workflows/health_recovery.yaml --input service_id=srv-demo --sandbox --json';
  const { stdout } = await runner(place, command.split(' '));
  const { status, sandbox } = JSON.parse(stdout);
  assert.deepEqual({ status, sandbox }, { status: 'succeeded', sandbox: true });
  return 'succeeded';
}

async function killAndResume(place) {
  const nap = 'name: nap\nsteps:\n  - { id: before, set: { woken: true } }\n  - wait: 3s\noutput: $before.woken\n';
  writeFileSync(join(place.folder, 'workflows/nap.yaml'), nap);
  const { folder: cwd, env } = place;
  const child = spawn(runnerOf(place), ['run', 'nap'], { cwd, env, stdio: 'ignore' });
  const gone = once(child, 'exit');
  await until(async () => (await statusOf(place, 'nap')) === 'waiting');
  child.kill('SIGKILL');
  await gone;
  assert.equal(await statusOf(place, 'nap'), 'interrupted');
  await runner(place, ['resume', '--all']);
  assert.equal(await statusOf(place, 'nap'), 'succeeded');
  return 'succeeded';
}

/** Both kinds of modules get the same library. */
async function library(place) {
  const use =
    "createRunner({ sandbox: true }); runner.call('render/render_get_service', { serviceId: 'srv-demo' })" +
    '.then((call) => console.log(call.success)).finally(() => runner.close());';
  writeFileSync(join(place.folder, 'library.mjs'), `import { createRunner } from 'runner'; const runner = ${use}`);
  writeFileSync(join(place.folder, 'library.cjs'), `const { createRunner } = require('runner'); const runner = ${use}`);
  for (const file of ['library.mjs', 'library.cjs']) {
    const { stdout } = await execute('node', [file], { cwd: place.folder, env: place.env });
    assert.equal(stdout.trim(), 'true');
  }
  return 'ok';
}

async function statusOf(place, workflow) {
  const { stdout } = await runner(place, ['runs', '--workflow', workflow, '--json']);
  const [latest] = [JSON.parse(stdout)].flatMap((answer) => answer.runs ?? answer);
  return latest?.status;
}

async function until(condition) {
  for (let look = 0; !(await condition()); look += 1) {
    if (look === 100) throw new Error('What was waited for never came.');
    await sleep(50);
  }
}

function runner(place, args) {
  return execute(runnerOf(place), args, { cwd: place.folder, env: place.env });
}

function runnerOf({ folder }) {
  return join(folder, 'node_modules', '.bin', 'runner');
}
