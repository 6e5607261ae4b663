import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlRow, SqlValue } from './database.ts';
import { parameters, textOf } from './parameters.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool, World } from './tool.ts';

const common = { server: 'supabase', keptIn: 'sql' } as const;
const maxRows = 1_000;
const maxFullScans = 4;

export const supabaseTools: readonly SandboxTool[] = [
  {
    ...common,
    name: 'sql_query',
    description: 'Runs one SQL statement (SQLite) with params for $1, $2, …; gives its rows, [] where it has none.',
    parameters: parameters(
      { query: { type: 'string', minLength: 1, maxLength: 20_000 } },
      { params: { type: 'array', maxItems: 100, items: { type: ['string', 'number', 'boolean', 'null'] } } },
    ),
    perform: (params, { database }) => {
      const statement = positional(textOf(params, 'query'), sqlValues(params['params']));
      return sqlErrorsAsRefusals(() => {
        refuseDangerous(statement, database);
        return database.all(statement.sql, statement.values, maxRows).map(showRow);
      });
    },
  },
  {
    ...common,
    name: 'listTables',
    description: 'Lists the tables with their columns.',
    parameters: parameters({}),
    perform: (_params, { database }) =>
      database
        .all(
          `SELECT t.name AS "table", json_group_array(c.name) AS columns
           FROM sqlite_schema t JOIN pragma_table_info(t.name) c
           WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'sandbox_answers'
           GROUP BY t.name ORDER BY t.name`,
          [],
        )
        .map((row) => ({ table: String(row['table']), columns: JSON.parse(String(row['columns'])) as Json })),
  },
];

interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** `$2` becomes `?`, with its value in the place where it is used; strings, quoted names and comments stay as they are. */
function positional(query: string, given: readonly SqlValue[]): Statement {
  const values: SqlValue[] = [];
  const sql = query.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g,
    (text: string, digits?: string) => {
      if (digits === undefined) return text;
      const value = given[Number(digits) - 1];
      if (value === undefined)
        throw new ToolRefusal(400, `params.query uses $${digits}, but params.params has ${given.length} items.`);
      values.push(value);
      return '?';
    },
  );
  return { sql, values };
}

function sqlValues(params: Json | undefined): SqlValue[] {
  return Array.isArray(params) ? params.map((value: Json) => sqlValue(value)) : [];
}

// SQLite has no booleans, and would turn 5 into 5.0 as soon as it stands in a text.
function sqlValue(value: Json): SqlValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' ? value : null;
}

// The statement runs in this process, where nothing can interrupt it: what would reach another file or never end is
// refused beforehand.
function refuseDangerous({ sql, values }: Statement, database: World['database']): void {
  const [word = ''] = /[A-Za-z]+/.exec(sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '')) ?? [];
  if (!allowedWords.has(word.toUpperCase())) {
    throw new ToolRefusal(
      400,
      `params.query: the sandbox runs ${[...allowedWords].join(', ')}, not ${word || 'this'}.`,
    );
  }
  if (/sandbox_answers/i.test(sql)) {
    throw new ToolRefusal(400, 'params.query: the table sandbox_answers belongs to the sandbox.');
  }
  const plan = database.all(`EXPLAIN QUERY PLAN ${sql}`, values).map((row) => String(row['detail']));
  if (plan.includes('RECURSIVE STEP'))
    throw new ToolRefusal(400, 'params.query: the sandbox runs no recursive queries.');
  if (plan.filter((detail) => detail.startsWith('SCAN ')).length > maxFullScans) {
    throw new ToolRefusal(
      400,
      `params.query: it reads more than ${maxFullScans} whole tables; join over indexed columns.`,
    );
  }
}

const allowedWords = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'WITH', 'VALUES', 'CREATE', 'ALTER', 'DROP']);

function sqlErrorsAsRefusals(body: () => Json): Json {
  try {
    return body();
  } catch (error) {
    // A full database file (the size limit) is the statement's doing, too.
    if (error instanceof Error && isStatementError(error)) {
      throw new ToolRefusal(400, `params.query: ${error.message}.`);
    }
    throw error;
  }
}

function isStatementError(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : '';
  return (
    error instanceof RangeError || code === 'SQLITE_ERROR' || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|FULL)/.test(code)
  );
}

function showRow(row: SqlRow): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, showCell(value)]));
}

function showCell(value: unknown): Json {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
