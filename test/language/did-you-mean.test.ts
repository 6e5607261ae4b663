import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/language/did-you-mean.ts';

describe('did you mean', () => {
  it.each([
    ['servce_id', 'service_id'],
    ['sevrice_id', 'service_id'],
    ['service_idd', 'service_id'],
    ['Service_Id', 'service_id'],
    ['serviceId', 'service_id'],
    ['CHANNEL', 'channel'],
    ['chanel', 'channel'],
    ['ij', 'id'],
  ])('finds the nearest name for %s', (name, expected) => {
    expect(didYouMean(name, ['service_id', 'channel', 'id'])).toBe(expected);
  });

  it.each(['zebra', 'HOME', 'xy', 'q', ''])('finds none for %s', (name) => {
    expect(didYouMean(name, ['service_id', 'channel', 'id'])).toBeUndefined();
  });

  it('counts capitals as edits where it is told to', () => {
    expect(didYouMean('CHANNEL', ['channel'], 'same')).toBeUndefined();
    expect(didYouMean('Channel', ['channel'], 'same')).toBe('channel');
  });

  it('prefers the nearer of two', () => {
    expect(didYouMean('restart', ['restarts2', 'restarts'])).toBe('restarts');
  });
});
