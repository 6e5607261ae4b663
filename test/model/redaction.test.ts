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
});
