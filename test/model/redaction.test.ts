import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/model/redaction.ts';

const secret = 'pässword/"42"';

describe('a redactor', () => {
  const redactor = createRedactor([secret]);

  it('removes a secret as it is', () => {
    expect(redactor.text(`key=${secret};`)).toBe('key=[redacted];');
  });

  it('removes it from JSON text', () => {
    expect(redactor.text(JSON.stringify({ key: secret }))).toBe('{"key":"[redacted]"}');
  });

  it('removes it URL-encoded', () => {
    expect(redactor.text(`?key=${encodeURIComponent(secret)}&a=b`)).toBe('?key=[redacted]&a=b');
  });

  it.each(['', 'a', 'ab', 'user'])('removes it from base64 after "%s"', (before) => {
    const encoded = Buffer.from(`${before}${secret}`).toString('base64');

    const shown = redactor.text(`Basic ${encoded}`);

    expect(shown).toContain('[redacted]');
    expect(Buffer.from(shown.slice(6), 'base64').toString()).not.toContain('ssword');
  });

  it('removes it from values and keys of data', () => {
    expect(redactor.json({ list: [secret, 1, null], [`x ${secret}`]: true })).toEqual({
      list: ['[redacted]', 1, null],
      'x [redacted]': true,
    });
  });

  it('leaves field names alone, even when a secret is one', () => {
    expect(createRedactor(['status']).json({ status: 'status' })).toEqual({ status: '[redacted]' });
  });

  it('takes the longest of overlapping secrets', () => {
    expect(createRedactor(['abcdef', 'abcdef-ghi']).text('abcdef-ghi')).toBe('[redacted]');
  });

  it('leaves values of fewer than six characters alone, for they occur everywhere', () => {
    expect(createRedactor(['12345']).text('12345')).toBe('12345');
  });

  it('survives secrets that are no whole characters', () => {
    expect(createRedactor(['secret\ud800x']).text('plain')).toBe('plain');
  });

  it.each([
    ['in hex', (text: string) => Buffer.from(text).toString('hex')],
    ['in upper hex', (text: string) => Buffer.from(text).toString('hex').toUpperCase()],
    ['strictly percent-encoded', (text: string) => encodeURIComponent(text).replaceAll(/['()]/g, percent)],
    ['percent-encoded twice', (text: string) => encodeURIComponent(encodeURIComponent(text))],
    ['as a field of a form', (text: string) => encodeURIComponent(text).replaceAll('%20', '+')],
    ['as JSON in JSON in JSON', (text: string) => JSON.stringify(JSON.stringify(JSON.stringify(text)))],
    ['as JSON in base64', (text: string) => Buffer.from(JSON.stringify({ text })).toString('base64')],
  ])('removes it %s', (_, encode) => {
    const value = 'it\'s (a) "pass phrase"';

    const shown = createRedactor([value]).text(`before ${encode(value)} after`);

    expect(shown).toContain('[redacted]');
    expect(shown.length).toBeLessThan(50);
  });

  it('removes single lines of a secret of several', () => {
    const key = createRedactor(['-----BEGIN KEY-----\nMIIEowIBAAKCAQEA7\nx9Kq2vZ8hLmN4pQr\n']);

    expect(key.text('MIIEowIBAAKCAQEA7, x9Kq2vZ8hLmN4pQr')).toBe('[redacted], [redacted]');
  });

  it('renames a key also where another is called like the redacted one', () => {
    expect(createRedactor(['sesame-open']).json({ '[redacted]': 1, 'sesame-open': 1 })).toEqual({ '[redacted]': 1 });
  });
});

describe('a message that was cut within a secret', () => {
  const redactor = createRedactor(['sesame-open-now']);

  it.each([
    ['it refused sesame-op…', 'it refused [redacted]…'],
    ['it refused sesame-op…: retry', 'it refused [redacted]…: retry'],
    ['…me-open-now was refused', '…[redacted] was refused'],
    ['a sesame-o\n[... 12 bytes cut ...]\nen-now b', 'a [redacted]\n[... 12 bytes cut ...]\nen-now b'],
    ['…open-now and sesame-ope…', '…[redacted] and [redacted]…'],
  ])('loses what is left of it: %s', (cut, shown) => {
    expect(redactor.text(cut)).toBe(shown.replace('\nen-now b', '[redacted] b'));
  });

  it('keeps other words before and after the mark', () => {
    expect(redactor.text('open the sesame… now')).toBe('open the [redacted]… now');
    expect(redactor.text('the end… was now')).toBe('the end… was now');
  });
});

function percent(sign: string): string {
  return `%${sign.charCodeAt(0).toString(16)}`;
}
