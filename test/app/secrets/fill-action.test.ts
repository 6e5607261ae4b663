import { describe, expect, it } from 'vitest';
import { fillAction } from '../../../src/app/secrets/fill-action.ts';
import { handlesOf } from '../../../src/engine/core/handles.ts';
import type { Action, HttpAction } from '../../../src/model/actions.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const { TOKEN = '', LINK = '' } = handlesOf('seed', ['TOKEN', 'LINK']);
const values: Readonly<Record<string, string>> = { TOKEN: 's&same "1"', LINK: 'https://hooks.example.com/x/y?z=1' };

describe('a call with handles', () => {
  it('is sent with the values, wherever they stand in the params', () => {
    const params = { token: TOKEN, list: [`Bearer ${TOKEN}`], [TOKEN]: 1, other: 'as it is' };

    expect(filled(tool(params))).toEqual(
      tool({ token: 's&same "1"', list: ['Bearer s&same "1"'], 's&same "1"': 1, other: 'as it is' }),
    );
  });

  it('has values percent-encoded in an address, but not one that is the address', () => {
    expect(filled(request({ url: `https://example.com/${TOKEN}` }))).toMatchObject({
      url: 'https://example.com/s%26same%20%221%22',
    });
    expect(filled(request({ url: LINK }))).toMatchObject({ url: values['LINK'] });
  });

  it('is filled in headers, query, body and auth', () => {
    const action = request({
      headers: { a: TOKEN },
      query: { b: TOKEN, c: [TOKEN] },
      body: { kind: 'json', value: { d: TOKEN } },
      auth: { kind: 'basic', username: 'u', password: TOKEN },
    });

    expect(JSON.stringify(filled(action))).not.toContain('~secret.');
    expect(filled(action)).toMatchObject({ auth: { kind: 'basic', username: 'u', password: values['TOKEN'] } });
  });

  it('is filled in the environment of a command, and refused in its arguments', () => {
    expect(filled(command({ env: { T: TOKEN } }))).toMatchObject({ env: { T: values['TOKEN'] } });
    expect(fill(command({ args: [TOKEN] }))).toMatchObject({ ok: false, fault: { kind: 'invalid_params' } });
  });

  it('is refused where an expression has changed a handle', () => {
    expect(fill(tool({ token: TOKEN.toUpperCase() }))).toMatchObject({
      ok: false,
      fault: { outcome: 'not_executed', message: expect.stringContaining('an expression has changed it') as string },
    });
  });
});

describe('a call without handles of its run', () => {
  it('is passed on as it is, also with a text that somebody made up', () => {
    const { TOKEN: foreign = '' } = handlesOf('another run', ['TOKEN']);
    const action = tool({ a: foreign, b: '~secret.TOKEN~', c: { $secret: 'TOKEN' } });

    expect(filled(action)).toBe(action);
  });
});

function fill(action: Action) {
  const handles = new Map([
    [TOKEN, 'TOKEN'],
    [LINK, 'LINK'],
  ]);
  return fillAction(action, handles, (name) => values[name] ?? '');
}

function filled(action: Action): Action {
  const result = fill(action);
  if (!result.ok) throw new Error(result.fault.message);
  return result.action;
}

function tool(params: JsonObject): Action {
  return { kind: 'tool', server: 'a', tool: 'b', params };
}

function request(parts: Partial<HttpAction>): Action {
  const base = {
    kind: 'http',
    method: 'GET',
    url: 'https://example.com/',
    computedHost: false,
    headers: {},
    query: {},
  } as const;
  return { ...base, expect: {}, maxSizeBytes: 1_000, ...parts };
}

function command(parts: {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Action {
  return { kind: 'run', script: 'true', shell: 'sh', args: [], env: {}, ...parts };
}
