import type { ServerAuth } from '../model/mcp-servers.ts';
import type { Findings } from './findings.ts';
import type { MapNode } from './yaml/tree.ts';
import { child, keyPlace, textOf } from './yaml/tree.ts';

/** What `auth` of a server at `url` says; undefined where it says nothing, or where what it says is reported. */
export function serverAuthOf(server: MapNode, url: string, findings: Findings): ServerAuth | undefined {
  const node = child(server, 'auth');
  if (node?.kind !== 'map') return undefined;
  reportSecondAuthorization(server, findings);
  reportPlainAddress(server, 'url', url, findings);
  const [clientId, clientSecret] = [textOf(child(node, 'client_id')), textOf(child(node, 'client_secret'))];
  const [scope, tokenUrl] = [textOf(child(node, 'scope')), textOf(child(node, 'token_url'))];
  const wanted = scope === undefined ? {} : { scope };
  if (textOf(child(node, 'oauth')) === 'client_credentials') {
    reportMissing(server, node, findings);
    if (tokenUrl !== undefined) reportPlainAddress(node, 'token_url', tokenUrl, findings);
    if (clientId === undefined || clientSecret === undefined) return undefined;
    return {
      oauth: 'client_credentials',
      clientId,
      clientSecret,
      ...wanted,
      ...(tokenUrl !== undefined && { tokenUrl }),
    };
  }
  if (textOf(child(node, 'oauth')) !== 'browser') return undefined;
  if (tokenUrl !== undefined) {
    const message = '`token_url` only has a meaning with `oauth: client_credentials`.';
    findings.error(
      'KEY_MISPLACED',
      keyPlace(node, 'token_url'),
      message,
      'Remove it: a browser login asks the server.',
    );
  }
  if (clientSecret !== undefined && clientId === undefined) {
    const message = '`client_secret` only has a meaning beside `client_id`.';
    findings.error('KEY_MISPLACED', keyPlace(node, 'client_secret'), message);
  }
  const client = clientId === undefined ? {} : { clientId, ...(clientSecret !== undefined && { clientSecret }) };
  return { oauth: 'browser', ...client, ...wanted };
}

function reportMissing(server: MapNode, node: MapNode, findings: Findings): void {
  for (const key of ['client_id', 'client_secret'].filter((each) => !node.entries.has(each))) {
    const hint = `Add it, from the environment: \`${key}: \${NAME}\`.`;
    findings.error('KEY_MISSING', keyPlace(server, 'auth'), `\`oauth: client_credentials\` needs \`${key}\`.`, hint);
  }
}

function reportSecondAuthorization(server: MapNode, findings: Findings): void {
  const headers = child(server, 'headers');
  const name = headers?.kind === 'map' ? [...headers.entries.keys()].find(isAuthorization) : undefined;
  if (headers?.kind !== 'map' || name === undefined) return;
  const message = '`auth` and a header `Authorization` say two things about who calls.';
  findings.error('KEY_MISPLACED', keyPlace(headers, name), message, 'Keep one of them.');
}

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}

/** Whoever reads the network would have the token. */
function reportPlainAddress(map: MapNode, key: 'url' | 'token_url', address: string, findings: Findings): void {
  if (!URL.canParse(address)) return;
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  const message = `With \`auth\`, \`${key}\` must begin with \`https://\`: tokens would be sent in the clear.`;
  findings.error('VALUE_INVALID', child(map, key) ?? map, message, 'Use `https://`; only this machine may go without.');
}
