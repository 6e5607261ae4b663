/** A sandbox in a process of its own, so that a test can kill it: `tsx sandbox-process.ts <folder>` prints its address. */
import { join } from 'node:path';
import { startSandbox } from '../../../src/adapters/sandbox/start-sandbox.ts';
import { openPlainDatabase } from '../../../src/adapters/sqlite/plain-database.ts';

const folder = process.argv[2] ?? '.';
const sandbox = await startSandbox({
  database: openPlainDatabase(join(folder, 'sandbox.db')),
  sqlDatabase: openPlainDatabase(join(folder, 'sandbox-sql.db')),
});
process.stdout.write(`${sandbox.url}\n`);
