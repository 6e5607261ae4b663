import { describe, expect, it } from 'vitest';
import { idlePatterns } from '../../src/language/config-patterns.ts';
import type { KnownTargets } from '../../src/language/config-patterns.ts';

const known: KnownTargets = {
  called: new Set(['render/restart_service', 'http/api.acme.io', 'run/nightly/tidy']),
  tools: ['render/restart_service', 'render/get_service', 'stripe/create_customer'],
};

async function idle(text: string, facts: KnownTargets = known): Promise<readonly string[]> {
  const found = await idlePatterns({ file: 'runner.yaml', text }, facts);
  expect(found.every(({ code, severity }) => code === 'PATTERN_COVERS_NOTHING' && severity === 'warning')).toBe(true);
  return found.map(({ line, hint = '', message }) => `${line} ${/`(.*?)`/.exec(message)?.[1] ?? ''} ${hint}`);
}

describe('a pattern of runner.yaml', () => {
  it('that covers a tool or a call is right', async () => {
    const text = `policies: { '*': {}, 'render/*': {}, 'http/*.acme.io': {}, run/nightly/tidy: {} }
tools: { 'stripe/create_*': {} }
fallbacks: { '*/get_*': {} }
`;

    expect(await idle(text)).toEqual([]);
  });

  it('that covers nothing is named, in each section and environment, with what may be meant', async () => {
    const text = `policies:
  'rendr/*': { retry: none }
tools:
  stripe/create_customers: { effect: write }
fallbacks:
  'mail/*': { value: 1 }
environments:
  staging: { policies: { http/api.acme.com: { timeout: 5s } } }
`;

    expect(await idle(text)).toEqual([
      '2 rendr/* Did you mean `render/*`?',
      '4 stripe/create_customers Did you mean `stripe/create_customer`?',
      '6 mail/* Correct or delete it; after `runner tools sync` if the tool is new.',
      '8 http/api.acme.com Did you mean `http/api.acme.io`?',
    ]);
  });

  it.each([
    ['a version', "tools: { 'stripe/pay@2': { tool: charge } }", known],
    ['tools where there is no catalogue', "policies: { 'mail/*': {} }", { called: known.called }],
    ['a server that nobody has read', "mcpServers: { mail: { command: m } }\npolicies: { 'mail/*': {} }", known],
  ])('is not judged where nobody knows: %s', async (_, text, facts) => {
    expect(await idle(text, facts)).toEqual([]);
  });
});
