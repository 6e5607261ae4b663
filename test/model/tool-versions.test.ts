import { describe, expect, it } from 'vitest';
import { effectOfTool } from '../../src/model/tool-effects.ts';
import { calledTool, fullName, mappedVersions } from '../../src/model/tool-versions.ts';

const overlays = [
  { pattern: 'stripe/create@2', server: 'stripe_v2', tool: 'create_v2' },
  { pattern: 'stripe/*@2', server: 'stripe_v2' },
  { pattern: 'stripe/create@9', effect: 'read' },
  { pattern: 'stripe/*', effect: 'idempotent' },
] as const;

describe('a version of a tool', () => {
  it.each([
    [
      { server: 'stripe', tool: 'create', version: '2' },
      { server: 'stripe_v2', tool: 'create_v2' },
    ],
    [
      { server: 'stripe', tool: 'refund', version: '2' },
      { server: 'stripe_v2', tool: 'refund' },
    ],
    [{ server: 'stripe', tool: 'create', version: '9' }, undefined],
    [
      { server: 'stripe', tool: 'create' },
      { server: 'stripe', tool: 'create' },
    ],
  ])('%j stands for %j', (name, called) => {
    expect(calledTool(name, overlays)).toEqual(called);
  });

  it('is known by its full name', () => {
    expect(fullName({ server: 'a', tool: 'b', version: '2' })).toBe('a/b@2');
  });

  it('is one of those that are mapped', () => {
    expect(mappedVersions({ server: 'stripe', tool: 'create' }, overlays)).toEqual(['2']);
  });

  it('has what a pattern without a version says, unless one with it says more', () => {
    expect(effectOfTool({ server: 'stripe', tool: 'create', version: '2' }, { overlays }).effect).toBe('idempotent');
    expect(effectOfTool({ server: 'stripe', tool: 'create', version: '9' }, { overlays }).effect).toBe('read');
  });
});
