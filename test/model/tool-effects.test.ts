import { describe, expect, it } from 'vitest';
import { attemptTimeoutOfTool, effectOfTool, effectSources } from '../../src/model/tool-effects.ts';
import type { ToolFacts } from '../../src/model/tool-effects.ts';

const sqlQuery = { server: 'supabase', tool: 'sql_query' };

describe('the effect class of a tool', () => {
  it('comes from its name where nothing else is known', () => {
    expect(effectOfTool({ server: 'render', tool: 'render_get_service' })).toMatchObject({
      effect: 'read',
      from: 'name',
    });
    expect(effectOfTool(sqlQuery)).toMatchObject({ effect: 'write', from: 'name' });
  });

  it('comes from the overlay, then the lock, then a trusted server, then the name', () => {
    const facts: ToolFacts = {
      overlays: [{ pattern: 'supabase/*', effect: 'read' }],
      locked: { 'supabase/sql_query': { idempotentHint: true } },
      trusted: { 'supabase/sql_query': { readOnlyHint: true } },
    };

    expect(effectSources(sqlQuery, facts)).toMatchObject([
      { effect: 'read', from: 'overlay', because: 'supabase/*' },
      { effect: 'idempotent', from: 'lock', because: 'idempotentHint: true' },
      { effect: 'read', from: 'annotations', because: 'readOnlyHint: true' },
      { effect: 'write', from: 'name' },
    ]);
  });

  it.each([
    [{ readOnlyHint: true, destructiveHint: true }, 'read'],
    [{ readOnlyHint: false, idempotentHint: true }, 'idempotent'],
    [{ destructiveHint: true }, 'write'],
    [{ readOnlyHint: false }, 'write'],
  ])('is, with the annotations %j, %s', (annotations, effect) => {
    const name = { server: 'files', tool: 'get_file' };

    expect(effectOfTool(name, { locked: { 'files/get_file': annotations } })).toMatchObject({ effect, from: 'lock' });
  });

  it('is not told by annotations that say nothing of it', () => {
    const facts: ToolFacts = { locked: { 'supabase/sql_query': { openWorldHint: true, destructiveHint: false } } };

    expect(effectOfTool(sqlQuery, facts)).toMatchObject({ from: 'name' });
  });
});

describe('a pattern of tools', () => {
  it.each([
    ['*', true],
    ['supabase/*', true],
    ['*/sql_query', true],
    ['*/sql_*', true],
    ['s*e/s*_*y', true],
    ['supabase/sql_query', true],
    ['supabase/sql', false],
    ['supabase/*x*', false],
    ['supabase/sql_query*y', false],
    ['render/*', false],
  ])('%s covers supabase/sql_query: %s', (pattern, covered) => {
    const { from } = effectOfTool(sqlQuery, { overlays: [{ pattern, effect: 'read' }] });

    expect(from === 'overlay').toBe(covered);
  });

  it('wins over a less specific one, setting by setting', () => {
    const overlays = [
      { pattern: '*', effect: 'write', attemptTimeoutMs: 1 },
      { pattern: 'supabase/*', effect: 'idempotent', attemptTimeoutMs: 2 },
      { pattern: 'supabase/sql_query', effect: 'read' },
    ] as const;

    expect(effectOfTool(sqlQuery, { overlays })).toMatchObject({ effect: 'read' });
    expect(attemptTimeoutOfTool(sqlQuery, { overlays })).toBe(2);
  });
});
