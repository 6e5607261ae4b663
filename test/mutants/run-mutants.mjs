#!/usr/bin/env node
/**
 * Plants one bug after the other and shows that the tests named in its patch fail. Ends with 1 when a bug survives,
 * when a patch no longer applies, or when those tests fail without any bug.
 *
 *   node test/mutants/run-mutants.mjs [part of a patch's name]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCheckout } from '../support/copy-checkout.mjs';
import { readMutants } from './read-mutants.mjs';

const wanted = process.argv[2] ?? '';
const mutants = readMutants().filter(({ name }) => name.includes(wanted));
const tree = copyCheckout();
try {
  execFileSync(process.execPath, ['build.mjs', '--generate-only'], { cwd: tree, stdio: 'inherit' });
  process.exitCode = hunt() ? 0 : 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}

/** @returns whether every bug was caught */
function hunt() {
  const sound = runTests([...new Set(mutants.flatMap(({ caughtBy }) => caughtBy))]);
  if (sound.failed.length > 0 || !sound.complete) {
    console.error('These tests fail without any planted bug, so they show nothing:', sound.failed.join('\n'));
    return false;
  }
  const rows = mutants.map(row);
  const survivors = rows.filter(({ verdict }) => verdict !== 'caught');
  console.log(`\n${rows.length - survivors.length} of ${rows.length} planted bugs caught`);
  return survivors.length === 0;
}

function row(mutant) {
  const begunAt = performance.now();
  const { verdict, by } = tryMutant(mutant);
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(0);
  console.log(`${verdict.padEnd(14)} ${seconds.padStart(3)} s  ${mutant.name.padEnd(28)} ${mutant.says}`);
  console.log(`${' '.repeat(22)}${by}`);
  return { verdict };
}

function tryMutant({ file, caughtBy }) {
  if (!git('apply', file)) return { verdict: 'does not apply', by: '' };
  const { failed, complete } = runTests(caughtBy, ['--bail', '1']);
  if (!git('apply', '--reverse', file)) throw new Error(`${file} could not be taken back.`);
  if (failed.length > 0) return { verdict: 'caught', by: failed[0] };
  return { verdict: 'survived', by: complete ? '' : 'The tests did not even run.' };
}

function git(...args) {
  return spawnSync('git', args, { cwd: tree, env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } }).status === 0;
}

/** A bug counts as caught by a test that fails, not by files that cannot be loaded. */
function runTests(files, options = []) {
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  const args = ['vitest', 'run', '--reporter=json', `--outputFile=${report}`, ...options, ...files];
  spawnSync('npx', args, { cwd: tree, stdio: 'ignore', env: { ...process.env, CI: 'true' } });
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName.trim());
    return { failed, complete: tests.length > 0 && testResults.every(({ status }) => status === 'passed') };
  } catch {
    return { failed: [], complete: false };
  }
}
