#!/usr/bin/env node
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Put in by the build: names the content of `main.js`. */
declare const builtId: string;

/**
 * Starts the command line from compiled code that an earlier start left beside it: compiling the bundle is most of
 * what a cold start costs. Without such code, or with that of another Node, the bundle is compiled as usual, and the
 * first `runner run` leaves its code for the next start.
 */
function start(): void {
  const folder = import.meta.dirname;
  const file = join(folder, 'main.js');
  // V8 compares no more of the source than its length, so the name must say to which build the code belongs.
  const cacheFile = join(folder, `main.${builtId}.${process.version}-${process.arch}.bin`);
  const cachedData = readIfThere(cacheFile);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(source, { filename: file, ...(cachedData ? { cachedData } : {}) });
  if ((!cachedData || script.cachedDataRejected === true) && isUsualRun()) keepAtExit(script, cacheFile);
  const main = script.runInThisContext() as (...scope: readonly unknown[]) => void;
  main({}, createRequire(file), { exports: {} }, file, folder);
}

/** Only a run has compiled all that a run needs; and flags of V8 would make the code useless for the next start. */
function isUsualRun(): boolean {
  return process.argv[2] === 'run' && process.execArgv.length === 0 && process.env['NODE_OPTIONS'] === undefined;
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
