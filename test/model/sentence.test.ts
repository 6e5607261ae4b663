import { describe, expect, it } from 'vitest';
import { asSentence } from '../../src/model/sentence.ts';

describe('what somebody else says, as a sentence', () => {
  it.each(['Invalid header name', 'Invalid header name.'])('of "%s" ends with one full stop', (text) => {
    expect(asSentence(text)).toBe('Invalid header name.');
  });
});
