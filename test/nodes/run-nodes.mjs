#!/usr/bin/env node
/**
 * Packs the package, installs it as a user would with each Node that it supports (this one, and others from the npm
 * registry) into folders of their own, and shows that it works there. Nothing of this checkout's node_modules is used:
 * its native part belongs to one Node. Ends with 1 when something fails.
 *
 *   node test/nodes/run-nodes.mjs [release ...]      such as: 22 24 current
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { copyCheckout } from '../support/copy-checkout.mjs';
import { checks } from './checks.mjs';

const releases = process.argv.length > 2 ? process.argv.slice(2) : ['current', '22', '24'];
const work = mkdtempSync(join(tmpdir(), 'runner-nodes-'));
try {
  const tarball = pack();
  const rows = [];
  for (const release of releases) rows.push(await tryRelease(release, tarball));
  console.table(Object.fromEntries(rows));
  process.exitCode = rows.every(([, row]) => Object.values(row).every((cell) => !cell.startsWith('FAILED'))) ? 0 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pack() {
  const checkout = copyCheckout();
  try {
    const packed = execFileSync('npm', ['pack', '--pack-destination', work, '--silent'], { cwd: checkout });
    return join(work, packed.toString().trim().split('\n').at(-1) ?? '');
  } finally {
    rmSync(checkout, { recursive: true, force: true });
  }
}

async function tryRelease(release, tarball) {
  const bin = release === 'current' ? dirname(process.execPath) : fetchNode(release);
  const folder = join(work, `project-${release}`);
  const place = { folder, env: environmentWith(bin) };
  const row = {};
  const name = `Node ${execFileSync('node', ['--version'], { env: place.env }).toString().trim()}`;
  console.log(`\n${name}`);
  row['better-sqlite3'] = await tell('install', () => install(place, tarball));
  for (const [title, check] of Object.entries(checks)) row[title] = await tell(title, () => check(place));
  return [name, row];
}

async function tell(title, action) {
  const cell = await wordOf(action);
  console.log(`  ${title}: ${cell}`);
  return cell.split('\n')[0].slice(0, 80);
}

async function wordOf(action) {
  try {
    return String(await action());
  } catch (error) {
    return `FAILED: ${String(error.stderr ?? '') || error.message}`;
  }
}

/** The folder of a Node's executable, which is a package of the npm registry. */
function fetchNode(release) {
  const folder = join(work, `node-${release}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const name = `node-${process.platform}-${process.arch}`;
  execFileSync('npm', ['install', '--ignore-scripts', '--silent', `${name}@${release}`], { cwd: folder });
  return join(folder, 'node_modules', name, 'bin');
}

/** Exactly as the README says; npm itself runs with the Node in question, and chooses the native part for it. */
function install({ folder, env }, tarball) {
  mkdirSync(folder);
  const manifest = { private: true, allowScripts: { 'better-sqlite3': true } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--silent', tarball], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const native = join(folder, 'node_modules', 'better-sqlite3', 'package.json');
  return JSON.parse(readFileSync(native, 'utf8')).version;
}

/** Nothing that would point Runner at a bridge or a folder of somebody else. */
function environmentWith(bin) {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:MCP_|RUNNER_|NODE_OPTIONS$|npm_)/.test(name));
  return { ...Object.fromEntries(own), PATH: `${bin}${delimiter}${process.env.PATH}`, NO_COLOR: '1' };
}
