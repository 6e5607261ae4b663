// node toy-stdio.mjs [mode] [folder for its traces]
import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createToy } from './toy.mjs';

const [mode = '', folder] = process.argv.slice(2);
const trace = (name, text) => folder && writeFileSync(join(folder, name), text);

if (folder) appendFileSync(join(folder, 'starts'), `${process.pid}\n`);
if (mode === 'dies-at-start') {
  process.stderr.write('no licence\nfor this machine\n');
  process.exit(7);
}
if (mode === 'has-children') {
  const child = spawn('sleep', ['600'], { stdio: 'inherit' });
  child.unref();
  appendFileSync(join(folder, 'starts'), `${child.pid}\n`);
}
if (mode === 'stubborn') {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  setInterval(() => undefined, 1_000);
}

const raw = (text) => process.stdout.write(text);
const toy = createToy({ mode, raw, onHanging: (count) => trace('hanging', String(count)) });
createInterface({ input: process.stdin })
  .on('line', (line) => toy.handle(JSON.parse(line), (message) => raw(`${JSON.stringify(message)}\n`)))
  .on('close', () => trace('farewell', ''));
