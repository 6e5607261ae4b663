import { describe, expect, it } from 'vitest';
import { Layout } from '../../../src/adapters/redis/layout.ts';

describe('the server of an entry in Redis', () => {
  const layout = new Layout('ops');

  it('is the one that the entry was stored for', () => {
    const key = layout.entry({ server: 'a b/*%', tool: 't', scope: 'project', key: 'k' });

    expect(layout.serverOf(key)).toBe('a b/*%');
  });

  it('is any text where another program wrote the key', () => {
    expect(layout.serverOf('runner:cache:1:ops:entry:50%/t:k')).toBe('50%');
  });
});
