import type {
  AuthorizationServerMetadata,
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/client';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type Json } from '../../../../model/json.ts';
import type { McpServer } from '../../../../model/mcp-servers.ts';

/** Tokens for a server, with all that is needed to renew them. */
export interface Login {
  /** Of the settings that it was obtained for: tokens are of use to these alone. */
  readonly binding: string;
  readonly authorizationServer: string;
  readonly metadata?: AuthorizationServerMetadata;
  readonly resource?: string;
  readonly client: OAuthClientInformationMixed;
  readonly tokens: OAuthTokens;
  /** In epoch milliseconds; absent where the authorization server does not say. */
  readonly expiresAt?: number;
}

/** The file that holds the login of one server, `<home>/auth/<server>.json`, for the owner's eyes alone. */
export class LoginFile {
  readonly path: string;
  readonly #binding: string;

  constructor(home: string, server: McpServer) {
    this.path = join(home, 'auth', `${server.name}.json`);
    this.#binding = bindingOf(server);
  }

  /** Undefined where there is none, and for one that was obtained for other settings of the server. */
  read(): Login | undefined {
    const login = parse(this.path);
    return login?.binding === this.#binding ? login : undefined;
  }

  /** Replaces the login at once or not at all. */
  write(login: Omit<Login, 'binding'>): Login {
    const bound = { ...login, binding: this.#binding };
    mkdirSync(join(this.path, '..'), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomUUID()}.new`;
    try {
      writeFileSync(draft, JSON.stringify(bound), { mode: 0o600, flush: true });
      renameSync(draft, this.path);
    } finally {
      rmSync(draft, { force: true });
    }
    return bound;
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** A changed address must not be sent the tokens of the former one, nor a client those of another. */
function bindingOf({ target }: McpServer): string {
  const { url, auth } = target.kind === 'http' ? target : { url: '', auth: undefined };
  const { clientId = '', scope = '' } = auth ?? {};
  const tokenUrl = auth?.oauth === 'client_credentials' ? (auth.tokenUrl ?? '') : '';
  const text = [url, auth?.oauth ?? '', clientId, scope, tokenUrl].join('\0');
  return createHash('sha256').update(text).digest('hex');
}

function parse(path: string): Login | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Json;
    return isLogin(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLogin(value: unknown): value is Login {
  if (!isJsonObject(value as Json)) return false;
  const { binding, authorizationServer, client, tokens } = value as Partial<Login>;
  return (
    typeof binding === 'string' &&
    typeof authorizationServer === 'string' &&
    typeof client?.client_id === 'string' &&
    typeof tokens?.access_token === 'string'
  );
}
