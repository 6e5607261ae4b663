import { isJsonObject } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';

/** What another client knows of an OAuth client, as `auth` of `runner.yaml` has it. */
export interface ForeignAuth {
  readonly auth?: JsonObject;
  /** What a person must do. */
  readonly notes: readonly string[];
}

/**
 * Takes `auth` (Cursor) or `oauth` (Claude Code, Gemini CLI) of a server over. The secret is not: it becomes a variable.
 * @param options.prefix before the names of variables
 */
export function foreignAuth(
  entry: JsonObject,
  { name, prefix, text }: { readonly name: string; readonly prefix: string; readonly text: (value: string) => string },
): ForeignAuth {
  const login = `${name}: log in with: runner login ${name}`;
  const given = [entry['auth'], entry['oauth']].find((each) => isJsonObject(each));
  if (!isJsonObject(given)) {
    // The other clients find out by themselves.
    if (entry['headers'] !== undefined) return { notes: [] };
    const hint = `${name}: where it wants a login, write \`auth: { oauth: browser }\` beside its url, then: runner login ${name}`;
    return { notes: [hint] };
  }
  const [id, secret] = [given['CLIENT_ID'] ?? given['clientId'], given['CLIENT_SECRET'] ?? given['clientSecret']];
  const { scopes } = given;
  const scope = Array.isArray(scopes) ? scopes.filter((each) => typeof each === 'string').join(' ') : '';
  const wanted = scope === '' ? {} : { scope };
  if (typeof id !== 'string') return { auth: { oauth: 'browser', ...wanted }, notes: [login] };
  const client = { oauth: 'browser', client_id: text(id), ...wanted };
  if (typeof secret !== 'string') return { auth: client, notes: [login] };
  const kept = text(secret);
  if (kept.includes('${')) return { auth: { ...client, client_secret: kept }, notes: [login] };
  const variable = `${prefix}CLIENT_SECRET`;
  const note = `${name}: set the environment variable ${variable}; its value was not taken over.`;
  return { auth: { ...client, client_secret: `\${${variable}}` }, notes: [note, login] };
}
