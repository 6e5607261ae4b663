/** Shapes of values that are credentials wherever they stand, with what they are called. */
const shapes: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----.*/, what: 'a private key' },
  { pattern: /\b[sr]k_live_[A-Za-z\d]{8,}/, what: 'a Stripe key' },
  { pattern: /\bgh[pousr]_[A-Za-z\d]{16,}|\bgithub_pat_\w{16,}/, what: 'a GitHub token' },
  { pattern: /\bglpat-[\w-]{12,}/, what: 'a GitLab token' },
  { pattern: /\bxox[abeoprs]-[\w-]{8,}/, what: 'a Slack token' },
  { pattern: /\bA[KS]IA[A-Z\d]{16}\b/, what: 'an AWS access key' },
  { pattern: /\bAIza[\w-]{30,}/, what: 'a Google API key' },
  { pattern: /\bnpm_[A-Za-z\d]{20,}/, what: 'an npm token' },
  { pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/, what: 'a SendGrid key' },
  { pattern: /\bsk-(?:[a-z]+-)*[\w-]{20,}/, what: 'an API key' },
  { pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/, what: 'a signed token (JWT)' },
  { pattern: /\b[a-z][a-z\d+.-]*:\/\/[^\s/:@?#]*:(?![<$])[^\s/@?#]{3,}@/i, what: 'a password in an address' },
];

/** What each shape holds some of, so that one look spares most texts all the others. */
const traits =
  /-----BEGIN |[sr]k_live_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|A[KS]IA|AIza|npm_|SG\.|sk-|eyJ|:\/\/[^\s/:@?#]*:[^\s/@?#]+@/;

/** A credential in a text: what it is called, and where it stands. */
export interface FoundCredential {
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/** False where {@link credentialIn} surely finds nothing; takes time in proportion to the length. */
export function mayHoldCredential(text: string): boolean {
  return traits.test(text);
}

/** The first value of a well-known shape in a text, unless it is a placeholder. */
export function credentialIn(text: string): FoundCredential | undefined {
  if (!mayHoldCredential(text)) return undefined;
  for (const { pattern, what } of shapes) {
    const found = pattern.exec(text);
    if (found && !isPlaceholder(found[0])) return { what, start: found.index, end: found.index + found[0].length };
  }
  return undefined;
}

const credentialWords =
  'password|passwd|passphrase|pwd|(?:client[_-]?)?secret|token|(?:api|access|private|journal)[_-]?key|credentials?|authorization|bearer';
const credentialWord = new RegExp(credentialWords);
const credentialName = new RegExp(`(?:^|[_\\-.])(?:${credentialWords})$`);

/** False where the text surely holds no key that {@link isCredentialName}, as long as it is written without escapes. */
export function mayNameCredential(text: string): boolean {
  return credentialWord.test(text.toLowerCase());
}

/** True for keys such as `password`, `GITHUB_TOKEN`, `apiKey` and `X-Api-Key`, whose values are credentials. */
export function isCredentialName(key: string): boolean {
  return credentialName.test(key.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase());
}

const shortestCredential = 8;
const leastBitsPerCharacter = 2.5;

/** True for what may be a credential under a name that says so: long and mixed enough, and nothing that stands for one. */
export function looksSecret(text: string): boolean {
  const value = withoutScheme(text);
  if (value.length < shortestCredential || /\s/.test(value) || isPlaceholder(value) || isAddress(value)) return false;
  return bitsPerCharacter(value) >= leastBitsPerCharacter && /\d|[^\w./-]|[a-z][A-Z]/.test(value);
}

/** The credential alone, where it stands behind `Bearer`, `Basic` or `Token`. */
export function withoutScheme(text: string): string {
  return text.trim().replace(/^(?:bearer|basic|token)\s+/i, '');
}

/** What people write where the value belongs. */
function isPlaceholder(text: string): boolean {
  return (
    /<[^>]*>|\.\.\.|…|\$|\{\{|~secret\./.test(text) ||
    /^[*x.•_-]+$/i.test(text) ||
    /(?:x{4,}|\*{3,})/i.test(text) ||
    /change[_-]?me|replace[_-]?me|example|placeholder|redacted|dummy|your[_-]|_here\b|todo/i.test(text)
  );
}

/** What says where a credential is to be had: a URL, an ARN, or the path of a file. */
function isAddress(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\/|^arn:|^(?:~|\.{0,2})\/[\w.-]+(?:\/|\.\w+$)/i.test(text);
}

function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
