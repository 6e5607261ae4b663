import type { Action, HttpAction } from '../../model/actions.ts';
import type { Fault } from '../../model/faults.ts';
import type { JsonObject } from '../../model/json.ts';
import { mapTexts, replaceHandles } from '../../model/secrets.ts';

export type Filled = { readonly ok: true; readonly action: Action } | { readonly ok: false; readonly fault: Fault };

/**
 * A call with secrets in the place of their handles.
 * @param handles the handles of the run, with the name that each stands for; other texts of that form are left alone
 */
export function fillAction(
  action: Action,
  handles: ReadonlyMap<string, string>,
  valueOf: (name: string) => string,
): Filled {
  const text = JSON.stringify(action);
  if (!holdsMark(text, handles)) return { ok: true, action };
  const fill: Fill = {
    plain: (part) => replaced(part, (name) => valueOf(name)),
    uri: (part) => replaced(part, (name, offset) => (offset === 0 ? valueOf(name) : encodeURIComponent(valueOf(name)))),
  };
  const replaced = (part: string, value: (name: string, offset: number) => string): string =>
    replaceHandles(part, (handle) => {
      const name = handles.get(handle.text);
      return name === undefined ? handle.text : value(name, handle.offset);
    });
  const filled = filledAction(action, fill);
  if (filled === undefined) return refused('its arguments would show it to everybody who lists processes');
  // Where an expression cut or changed a handle, nobody can tell any more what was meant.
  if (holdsMark(JSON.stringify(filled), handles)) return refused('an expression has changed it');
  return { ok: true, action: filled };
}

interface Fill {
  readonly plain: (text: string) => string;
  /** Percent-encodes values, but for one that begins the text: it is the address itself. */
  readonly uri: (text: string) => string;
}

function holdsMark(text: string, handles: ReadonlyMap<string, string>): boolean {
  const lower = text.toLowerCase();
  for (const handle of handles.keys()) if (lower.includes(handle.slice(-33, -1))) return true;
  return false;
}

/** Undefined where a secret stands in an argument of a command. */
function filledAction(action: Action, fill: Fill): Action | undefined {
  switch (action.kind) {
    case 'tool':
      return { ...action, params: filledObject(action.params, fill.plain) };
    case 'http':
      return filledRequest(action, fill);
    case 'run': {
      if (action.args.some((arg) => fill.plain(arg) !== arg)) return undefined;
      return { ...action, env: filledTexts(action.env, fill.plain) };
    }
  }
}

function filledRequest(action: HttpAction, { plain, uri }: Fill): HttpAction {
  const { url, headers, query, body, auth } = action;
  return {
    ...action,
    url: uri(url),
    headers: filledTexts(headers, plain),
    query: mapTexts({ ...query }, plain) as HttpAction['query'],
    ...(body && { body: { ...body, value: mapTexts(body.value, plain) } }),
    ...(auth && { auth: mapTexts(auth, plain) as unknown as NonNullable<HttpAction['auth']> }),
  };
}

function filledObject(value: JsonObject, fill: (text: string) => string): JsonObject {
  return mapTexts(value, fill) as JsonObject;
}

function filledTexts(
  texts: Readonly<Record<string, string>>,
  fill: (text: string) => string,
): Readonly<Record<string, string>> {
  return mapTexts(texts, fill) as Readonly<Record<string, string>>;
}

function refused(why: string): Filled {
  return {
    ok: false,
    fault: {
      kind: 'invalid_params',
      message: `The call was not made: a secret stands where it must not, because ${why}`,
      outcome: 'not_executed',
      transient: false,
      hint: 'Pass the secret on whole: in params, headers, query, body or auth, or in the env of a command.',
    },
  };
}
