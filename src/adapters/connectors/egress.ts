import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Which hosts a call may reach. */
export interface Egress {
  /** Why this address may not be called; undefined when it may. Names are judged by `lookupFor` once resolved. */
  refusal(url: URL, origin: Origin): string | undefined;
  /** A resolver that gives no forbidden address, so that the address checked is the address used. */
  lookupFor(url: URL, origin: Origin): LookupFunction;
}

/**
 * Who chose the host: the workflow's text, an expression of it (then the host must be on the allow list), or the
 * far side through a redirect (then the host must be public, on the allow list, or `from`).
 */
export type Origin =
  { readonly by: 'text' } | { readonly by: 'expression' } | { readonly by: 'redirect'; readonly from: string };

/** @param allowHosts `api.example.com`, `api.example.com:8443` or `*.example.com` */
export function createEgress(allowHosts: readonly string[], resolve: Resolve = resolveBySystem): Egress {
  const patterns = allowHosts.map((pattern) => pattern.toLowerCase());
  const isAllowed = (url: URL): boolean => patterns.some((pattern) => matchesHost(pattern, url));
  const needsPublic = (url: URL, origin: Origin): boolean =>
    origin.by === 'redirect' && url.hostname !== origin.from && !isAllowed(url);

  return {
    refusal(url, origin) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') return `only http and https are called`;
      if (origin.by === 'expression' && !isAllowed(url)) return `the host ${url.host} is computed and not allowed`;
      const address = withoutBrackets(url.hostname);
      const objection = isIP(address) === 0 ? undefined : objectionTo(address, needsPublic(url, origin));
      return objection && `${address} ${objection}`;
    },
    lookupFor(url, origin) {
      return checkedLookup(resolve, needsPublic(url, origin));
    },
  };
}

function matchesHost(pattern: string, url: URL): boolean {
  if (!pattern.startsWith('*.')) return pattern === url.hostname || pattern === url.host;
  return isIP(url.hostname) === 0 && url.hostname.endsWith(pattern.slice(1));
}

function checkedLookup(resolve: Resolve, needsPublic: boolean): LookupFunction {
  return async (hostname, { all }, respond) => {
    const found = await findAllowed(hostname, resolve, needsPublic);
    if (!Array.isArray(found)) return respond(found, '', 0);
    const [first] = found;
    return all === true ? respond(null, found) : respond(null, first?.address ?? '', first?.family ?? 0);
  };
}

async function findAllowed(
  hostname: string,
  resolve: Resolve,
  needsPublic: boolean,
): Promise<LookupAddress[] | NodeJS.ErrnoException> {
  try {
    const addresses = await resolve(hostname);
    for (const { address } of addresses) {
      const objection = objectionTo(address, needsPublic);
      if (objection !== undefined) return denied(`${hostname} leads to ${address}, which ${objection}`);
    }
    return [...addresses];
  } catch (error) {
    return error instanceof Error ? error : denied(`${hostname} cannot be resolved`);
  }
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}

function denied(message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code: 'EGRESS_DENIED' });
}

/** Why an address may not be used; undefined when it may. */
function objectionTo(address: string, needsPublic: boolean): string | undefined {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  lists ??= { forbidden: blockListOf(forbiddenRanges), inner: blockListOf(innerRanges) };
  if (lists.forbidden.check(address, family)) return "is an address of the machine's own platform";
  return needsPublic && lists.inner.check(address, family) ? 'is not a public address' : undefined;
}

let lists: { readonly forbidden: BlockList; readonly inner: BlockList } | undefined;

/** Unspecified, link-local, and the metadata services of clouds that answer elsewhere. */
const forbiddenRanges = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  '::/128',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '64:ff9b::a9fe:0/112',
  '2002:a9fe::/32',
] as const;

/** Loopback and private networks. */
const innerRanges = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
] as const;

/** An IPv4 range covers its form in IPv6 (`::ffff:169.254.169.254`) too. */
function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
