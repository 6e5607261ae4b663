import type { Json, JsonObject } from '../../model/json.ts';
import { numberOf, parameters, textOf } from './parameters.ts';
import { isoTime, nextNumber } from './state.ts';
import type { SandboxTool, World } from './tool.ts';

const channel = { type: 'string', pattern: '^#?[a-z0-9._\\-]+$', description: 'Channel, such as #ops.' };
const common = { server: 'slack', keptIn: 'state' } as const;

/** A channel exists as soon as something is posted there. */
export const slackTools: readonly SandboxTool[] = [
  {
    ...common,
    name: 'post_message',
    description: 'Posts a message to a channel.',
    parameters: parameters({ channel, text: { type: 'string', minLength: 1, maxLength: 40_000 } }),
    perform: postMessage,
  },
  {
    ...common,
    name: 'list_messages',
    description: 'The last messages of a channel, oldest first.',
    parameters: parameters({ channel }, { limit: { type: 'integer', minimum: 1, maximum: 1_000 } }),
    perform: listMessages,
  },
  {
    ...common,
    name: 'list_channels',
    description: 'Lists the channels in which something was posted, with the number of messages.',
    parameters: parameters({}),
    perform: (_params, { database }) =>
      database
        .all('SELECT channel, count(*) AS messages FROM messages GROUP BY channel ORDER BY channel', [])
        .map((row) => ({ channel: String(row['channel']), messages: Number(row['messages']) })),
  },
];

function postMessage(params: JsonObject, { database, now }: World): Json {
  const number = nextNumber(database, 'message');
  const name = channelOf(params);
  const text = textOf(params, 'text');
  database.run('INSERT INTO messages (number, channel, text, at) VALUES (?, ?, ?, ?)', [number, name, text, now]);
  return { ok: true, id: `msg_${number}`, channel: name, posted_at: isoTime(now) };
}

function listMessages(params: JsonObject, { database }: World): Json {
  const rows = database.all('SELECT * FROM messages WHERE channel = ? ORDER BY number DESC LIMIT ?', [
    channelOf(params),
    numberOf(params, 'limit', 100),
  ]);
  return rows.toReversed().map((row) => ({
    id: `msg_${Number(row['number'])}`,
    text: String(row['text']),
    posted_at: isoTime(Number(row['at'])),
  }));
}

function channelOf(params: JsonObject): string {
  const name = textOf(params, 'channel');
  return name.startsWith('#') ? name : `#${name}`;
}
