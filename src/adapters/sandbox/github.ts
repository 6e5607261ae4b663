import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SqlRow } from './database.ts';
import { numberOf, optionalTextOf, parameters, textOf } from './parameters.ts';
import { isoTime, nextNumber } from './state.ts';
import { ToolRefusal } from './tool.ts';
import type { SandboxTool, World } from './tool.ts';

const repo = {
  type: 'string',
  pattern: '^[\\w.\\-]+(/[\\w.\\-]+)?$',
  description: 'Repository, as name or owner/name.',
};
const number = { type: 'integer', minimum: 1, description: 'Number of the issue.' };
const limit = { type: 'integer', minimum: 1, maximum: 100 };
const common = { server: 'github', keptIn: 'state' } as const;

/** Every repository name exists here, with the branches `main` and `develop`. */
export const githubTools: readonly SandboxTool[] = [
  {
    ...common,
    name: 'getCommits',
    description: 'The latest commits of a branch, newest first.',
    parameters: parameters({ repo }, { branch: { type: 'string', minLength: 1 }, limit }),
    perform: commits,
  },
  {
    ...common,
    name: 'createIssue',
    description: 'Opens an issue.',
    parameters: parameters(
      { repo, title: { type: 'string', minLength: 1, maxLength: 256 } },
      { body: { type: 'string' }, labels: { type: 'array', items: { type: 'string' }, maxItems: 20 } },
    ),
    perform: createIssue,
  },
  {
    ...common,
    name: 'getIssue',
    description: 'An issue with its comments.',
    parameters: parameters({ repo, number }),
    perform: (params, world) => ({ ...show(findIssue(params, world)), comments: comments(params, world) }),
  },
  {
    ...common,
    name: 'listIssues',
    description: 'Lists the issues of a repository, newest first.',
    parameters: parameters({ repo }, { state: { type: 'string', enum: ['open', 'closed', 'all'] }, limit }),
    perform: listIssues,
  },
  {
    ...common,
    name: 'addComment',
    description: 'Comments on an issue.',
    parameters: parameters({ repo, number, body: { type: 'string', minLength: 1 } }),
    perform: addComment,
  },
  {
    ...common,
    name: 'closeIssue',
    description: 'Closes an issue.',
    parameters: parameters({ repo, number }),
    perform: closeIssue,
  },
];

const branches = ['main', 'develop'];
const subjects = [
  'Release memory of finished sessions',
  'Answer health checks while warming up',
  'Retry the payment webhook once',
  'Cut the start-up time in half',
  'Add a test for empty carts',
];

// Computed, not stored: the same names give the same history for ever.
function commits(params: JsonObject, _world: World): Json {
  const name = textOf(params, 'repo');
  const branch = optionalTextOf(params, 'branch') ?? 'main';
  if (!branches.includes(branch)) {
    throw new ToolRefusal(404, `Repository "${name}" has no branch "${branch}". It has: ${branches.join(', ')}.`);
  }
  const newest = Date.UTC(2026, 0, 15, 9, 30);
  return subjects.slice(0, numberOf(params, 'limit', 30)).map((message, index) => ({
    sha: createHash('sha256').update(`${name} ${branch} ${message}`).digest('hex').slice(0, 40),
    message,
    author: index % 2 === 0 ? 'ada' : 'grace',
    date: isoTime(newest - index * 5 * 3_600_000),
  }));
}

function createIssue(params: JsonObject, { database, now }: World): Json {
  const name = textOf(params, 'repo');
  const issue = nextNumber(database, `issue of ${name}`) - 1_000;
  const labels = JSON.stringify(params['labels'] ?? []);
  const [row] = database.all(
    `INSERT INTO issues (repo, number, title, body, labels, state, created_at)
     VALUES (?, ?, ?, ?, ?, 'open', ?) RETURNING *`,
    [name, issue, textOf(params, 'title'), optionalTextOf(params, 'body'), labels, now],
  );
  return show(row ?? {});
}

function listIssues(params: JsonObject, { database }: World): Json {
  const state = optionalTextOf(params, 'state') ?? 'open';
  const rows = database.all(
    `SELECT * FROM issues WHERE repo = ? AND (state = ? OR ? = 'all') ORDER BY number DESC LIMIT ?`,
    [textOf(params, 'repo'), state, state, numberOf(params, 'limit', 30)],
  );
  return rows.map(show);
}

function addComment(params: JsonObject, world: World): Json {
  const issue = findIssue(params, world);
  const comment = nextNumber(world.database, 'comment');
  const body = textOf(params, 'body');
  world.database.run('INSERT INTO comments (number, repo, issue, body, created_at) VALUES (?, ?, ?, ?, ?)', [
    comment,
    String(issue['repo']),
    Number(issue['number']),
    body,
    world.now,
  ]);
  return { id: comment, body, created_at: isoTime(world.now) };
}

function closeIssue(params: JsonObject, world: World): Json {
  const issue = findIssue(params, world);
  const [row] = world.database.all(`UPDATE issues SET state = 'closed' WHERE repo = ? AND number = ? RETURNING *`, [
    String(issue['repo']),
    Number(issue['number']),
  ]);
  return show(row ?? issue);
}

function findIssue(params: JsonObject, { database }: World): SqlRow {
  const name = textOf(params, 'repo');
  const issue = numberOf(params, 'number');
  const [row] = database.all('SELECT * FROM issues WHERE repo = ? AND number = ?', [name, issue]);
  if (row === undefined) throw new ToolRefusal(404, `Repository "${name}" has no issue ${issue}.`);
  return row;
}

function comments(params: JsonObject, { database }: World): Json {
  const rows = database.all('SELECT * FROM comments WHERE repo = ? AND issue = ? ORDER BY number', [
    textOf(params, 'repo'),
    numberOf(params, 'number'),
  ]);
  return rows.map((row) => ({
    id: Number(row['number']),
    body: String(row['body']),
    created_at: isoTime(Number(row['created_at'])),
  }));
}

function show(row: SqlRow): JsonObject {
  return {
    number: Number(row['number']),
    title: String(row['title']),
    body: typeof row['body'] === 'string' ? row['body'] : null,
    labels: JSON.parse(String(row['labels'])) as Json,
    state: String(row['state']),
    url: `https://github.example.com/${String(row['repo'])}/issues/${Number(row['number'])}`,
    created_at: isoTime(Number(row['created_at'])),
  };
}
