import { describe, expect, it } from 'vitest';
import { credentialIn, isCredentialName, mayNameCredential } from '../../src/model/credentials.ts';

const letters = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ';
const digits = 'Q7R4T9W2Z5C8V1B6';

describe('a credential of a well-known shape', () => {
  it.each([
    ['a private key', '-----BEGIN EC PRIVATE KEY-----MIIEow'],
    ['a private key', '-----BEGIN PGP PRIVATE KEY BLOCK-----'],
    ['a Stripe key', `sk_live_${letters}`],
    ['a Stripe key', `rk_live_${letters}`],
    ['a GitHub token', `gho_${letters}`],
    ['a GitHub token', `github_pat_${letters}`],
    ['a GitLab token', `glpat-${letters}`],
    ['a Slack token', `xoxb-${letters}`],
    ['an AWS access key', `ASIA${digits}`],
    ['a Google API key', `AIza${letters}${letters}`],
    ['an npm token', `npm_${letters}`],
    ['a SendGrid key', `SG.${letters}.${letters}`],
    ['an API key', `sk-proj-${letters}`],
    ['a signed token (JWT)', `eyJ${letters}.eyJ${letters}.${letters}`],
    ['a password in an address', `POSTGRES://deploy:${letters}@db`],
    ['a password in an address', `redis://:${letters}@cache`],
  ])('is found as %s', (what, text) => {
    expect(credentialIn(`a: "${text}"`)).toMatchObject({ what, start: 4 });
  });

  it('is none where nothing of it but its beginning stands', () => {
    expect(credentialIn('sk-live npm_run SG.1 https://acme.io:8080/@me')).toBeUndefined();
  });
});

describe('a key that names a credential', () => {
  it.each([
    ['password', 'DB_PASSWD', 'pwd', 'passphrase', 'clientsecret', 'clientSecret', 'my.secret', 'GITHUB_TOKEN'],
    ['apikey', 'apiKey', 'X-Api-Key', 'accessKey', 'privateKey', 'journal_key'],
    ['credential', 'awsCredentials', 'Authorization', 'proxy-bearer'],
  ])('is known, and so is a text that holds it', (...keys) => {
    for (const key of keys) {
      expect([key, isCredentialName(key), mayNameCredential(`steps:\n  ${key}: 1`)]).toEqual([key, true, true]);
    }
  });

  it('is not every key that ends like one', () => {
    expect(['monkey', 'tokens', 'subtoken', 'key'].filter(isCredentialName)).toEqual([]);
  });
});
