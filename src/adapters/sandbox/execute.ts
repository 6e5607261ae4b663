import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import { findTool } from './catalogue.ts';
import type { SandboxDatabase } from './database.ts';
import { violation } from './parameters.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool } from './tool.ts';

/** A call as it came over HTTP. */
export interface SandboxCall {
  readonly server: string;
  readonly tool: string;
  readonly params: JsonObject;
  readonly idempotencyKey: string | undefined;
}

/** The two databases, with their tables in place. */
export interface Databases {
  readonly state: () => SandboxDatabase;
  readonly sql: () => SandboxDatabase;
}

export interface Circumstances {
  readonly now: EpochMs;
  readonly startedAt: EpochMs;
  readonly recoveryMs: number;
}

/** How long the answer under an idempotency key is kept. */
const answersKeptMs = 7 * 24 * 3_600_000;

/**
 * Performs a call, or gives the first answer again when its idempotency key is known: effect and answer are one
 * transaction, so a repeat never has a second effect, whenever the process was killed.
 * @returns the text of the answer
 * @throws ToolRefusal 404 for an unknown tool, 400 for parameters that do not conform, 409 for a key that was used
 *   for another call, and whatever the tool refuses
 */
export function execute(call: SandboxCall, databases: Databases, circumstances: Circumstances): string {
  const tool = findTool(call.server, call.tool);
  const wrong = violation(tool.parameters, call.params);
  if (wrong !== undefined) throw new ToolRefusal(400, `${call.server}/${call.tool}: ${wrong}`, 'invalid_params');

  const database = databases[tool.keptIn]();
  return database.transaction(() => {
    if (call.idempotencyKey === undefined) return perform(tool, call.params, { database, ...circumstances });
    const fingerprint = fingerprintOf(call);
    const known = knownAnswer(database, call.idempotencyKey, fingerprint);
    if (known !== undefined) return known;
    const answer = perform(tool, call.params, { database, ...circumstances });
    keepAnswer(database, [call.idempotencyKey, fingerprint, answer, circumstances.now]);
    return answer;
  });
}

function perform(
  tool: SandboxTool,
  params: JsonObject,
  world: Circumstances & { readonly database: SandboxDatabase },
): string {
  const result: Json = tool.perform(params, world);
  return JSON.stringify({ result, execution_id: `exec_${randomUUID()}` });
}

// Reads are kept, too: a run that was killed while it looked sees after its resume what it would have seen.
function knownAnswer(database: SandboxDatabase, key: string, fingerprint: string): string | undefined {
  const [row] = database.all('SELECT call, answer FROM sandbox_answers WHERE key = ?', [key]);
  if (row === undefined) return undefined;
  if (row['call'] === fingerprint) return String(row['answer']);
  throw new ToolRefusal(409, 'This Idempotency-Key was used before, for another tool or with other params.');
}

function keepAnswer(
  database: SandboxDatabase,
  entry: readonly [key: string, call: string, answer: string, at: EpochMs],
): void {
  database.run('DELETE FROM sandbox_answers WHERE at < ?', [entry[3] - answersKeptMs]);
  database.run('INSERT INTO sandbox_answers (key, call, answer, at) VALUES (?, ?, ?, ?)', entry);
}

function fingerprintOf({ server, tool, params }: SandboxCall): string {
  return createHash('sha256')
    .update(canonicalJson([server, tool, params]))
    .digest('hex');
}
