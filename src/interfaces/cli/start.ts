#!/usr/bin/env node
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Put in by the build: names the content of `main.js`. */
declare const builtId: string;

/** The commands that leave compiled code: they are started most often, and compile most of what others need. */
const leavers = ['run', 'validate'] as const;

type Leaver = (typeof leavers)[number];

/**
 * Starts the command line from compiled code that an earlier start left beside it: compiling the bundle is most of
 * what a cold start costs. Without such code, or with that of another Node, the bundle is compiled as usual, and the
 * first `runner run` and the first `runner validate` each leave the code that they have compiled for the next starts.
 */
function start(): void {
  const folder = import.meta.dirname;
  const file = join(folder, 'main.js');
  const own = leavers.find((name) => name === process.argv[2]);
  const kept = keptCode(folder, own);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(source, { filename: file, ...(kept && { cachedData: kept.code }) });
  const isGood = kept?.of === own && script.cachedDataRejected !== true;
  if (own !== undefined && !isGood && isUsualStart()) keepAtExit(script, fileOf(folder, own));
  const main = script.runInThisContext() as (...scope: readonly unknown[]) => void;
  main({}, createRequire(file), { exports: {} }, file, folder);
}

/** The code that this command left, else what another did: code knows only what its own command has needed. */
function keptCode(folder: string, own: Leaver | undefined): { readonly of: Leaver; readonly code: Buffer } | undefined {
  for (const of of own === 'validate' ? leavers.toReversed() : leavers) {
    const code = readIfThere(fileOf(folder, of));
    if (code) return { of, code };
  }
  return undefined;
}

/** V8 compares no more of the source than its length, so the name must say to which build the code belongs. */
function fileOf(folder: string, command: Leaver): string {
  return join(folder, `main.${builtId}.${process.version}-${process.arch}.${command}.bin`);
}

/** Flags of V8 would make the code useless for the next start. */
function isUsualStart(): boolean {
  return process.execArgv.length === 0 && process.env['NODE_OPTIONS'] === undefined;
}

function keepAtExit(script: Script, cacheFile: string): void {
  process.on('exit', () => {
    try {
      // Under its final name only when it is whole: another start may read it at this moment.
      const unfinished = `${cacheFile}.${process.pid}`;
      writeFileSync(unfinished, script.createCachedData());
      renameSync(unfinished, cacheFile);
    } catch {
      // The folder is not ours to write in; every start compiles, and nothing else is lost.
    }
  });
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

start();
