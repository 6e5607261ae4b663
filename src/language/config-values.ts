import { parseDuration } from '../model/time.ts';
import type { Findings } from './findings.ts';
import { describe } from './structure/check-shape.ts';
import type { Node, ScalarNode } from './yaml/tree.ts';
import { child, entriesOf, keyPlace, textOf } from './yaml/tree.ts';

const tenYearsMs = 3_652 * 86_400_000;

/** Reports what the schema of `runner.yaml` cannot tell: addresses, durations and headers that could never work. */
export function checkConfigValues(settings: Node, findings: Findings): void {
  checkAddress(child(child(settings, 'bridge'), 'url'), 'bridge.url', findings);
  checkAddress(child(child(settings, 'cache'), 'redis'), 'cache.redis', findings);
  checkDuration(child(child(settings, 'cache'), 'ttl'), findings, { zero: true });
  checkDuration(child(child(settings, 'retention'), 'keep_for'), findings, { zero: true });
  for (const { value } of entriesOf(child(settings, 'tools'))) checkDuration(child(value, 'timeout'), findings);
  for (const { name, value } of entriesOf(child(settings, 'mcpServers'))) checkServer(value, name, findings);
}

function checkServer(server: Node, name: string, findings: Findings): void {
  const at = `mcpServers.${name}`;
  checkAddress(child(server, 'url'), `${at}.url`, findings);
  checkAddress(child(child(server, 'auth'), 'token_url'), `${at}.auth.token_url`, findings);
  for (const key of ['connect_timeout', 'timeout']) checkDuration(child(server, key), findings);
  checkTransport(server, findings);
  checkHeaders(child(server, 'headers'), at, findings);
}

function checkTransport(server: Node, findings: Findings): void {
  const type = child(server, 'type');
  const key = textOf(type) === 'stdio' ? 'url' : 'command';
  if (server.kind !== 'map' || !isKnown(type) || !server.entries.has(key)) return;
  const message = `\`type: ${type.value}\` does not fit \`${key}\`.`;
  findings.error('VALUE_INVALID', type, message, 'Leave `type` out: the other key says it.');
}

function checkHeaders(headers: Node | undefined, at: string, findings: Findings): void {
  if (headers?.kind !== 'map') return;
  for (const { name, value } of entriesOf(headers)) {
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      const message = `\`${name}\` cannot be a header: a name has letters, digits and \`-\`, and no spaces.`;
      findings.error('NAME_INVALID', keyPlace(headers, name), message);
    }
    if (!isKnown(value) || /^[\t\x20-\x7e\x80-\xff]*$/.test(value.value)) continue;
    const message = `\`${at}.headers.${name}\` is ${describe(value)}, which no header can carry.`;
    findings.error('VALUE_INVALID', value, message, 'Line breaks and letters beyond Latin-1 cannot be sent.');
  }
}

function checkAddress(node: Node | undefined, name: string, findings: Findings): void {
  // One that does not even begin like an address has been reported.
  if (!isKnown(node) || !/^\w+:\/\/\S+$/.test(node.value) || URL.canParse(node.value)) return;
  const message = `\`${name}\` is ${describe(node)}, which is no address.`;
  findings.error(
    'VALUE_INVALID',
    node,
    message,
    'Write it as `https://host`, `https://host:8443` or `https://host/path`.',
  );
}

function checkDuration(node: Node | undefined, findings: Findings, may: { readonly zero?: boolean } = {}): void {
  const ms = isKnown(node) ? parseDuration(node.value) : undefined;
  if (node === undefined || ms === undefined || (ms <= tenYearsMs && (ms > 0 || may.zero === true))) return;
  const why = ms === 0 ? 'zero, so this could never work' : 'longer than ten years';
  findings.error('DURATION_OUT_OF_RANGE', node, `The duration ${describe(node)} is ${why}.`);
}

/** True for a text whose value is known: variables of an environment that is not in use are not. */
function isKnown(node: Node | undefined): node is ScalarNode & { readonly value: string } {
  return node?.kind === 'scalar' && typeof node.value === 'string' && node.isOpen !== true;
}
