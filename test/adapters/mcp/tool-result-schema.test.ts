import type { StandardSchemaV1 } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { legacyToolResult, modernToolResult } from '../../../src/adapters/connectors/mcp/tool-result-schema.ts';

async function issuesOf(schema: StandardSchemaV1, result: unknown): Promise<readonly string[]> {
  const { issues = [] } = await schema['~standard'].validate(result);
  return issues.map(({ message }) => message);
}

const text = { type: 'text', text: 'done' };

describe.each([
  ['the older', legacyToolResult],
  ['the newer', modernToolResult],
])('a result in %s revision of the protocol', (_, schema) => {
  it.each([
    { content: [] },
    { content: [text] },
    { content: [text], structuredContent: { up: true }, isError: false, _meta: { more: 1 } },
    { content: [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }], unknown: 1 },
  ])('may be %j', async (result) => {
    expect(await schema['~standard'].validate(result)).toEqual({ value: result });
  });

  it.each([
    null,
    'text',
    { content: 'text' },
    { content: [{ type: 'text' }] },
    { content: [{ type: 'poem', text: 'a' }] },
    { content: [], isError: 'no' },
    { task: { taskId: '1' } },
    { inputRequests: {} },
  ])('is not %j', async (result) => {
    expect(await issuesOf(schema, result)).not.toEqual([]);
  });
});

describe('a result in the older revision of the protocol', () => {
  it('may leave its content out', async () => {
    const { value } = (await legacyToolResult['~standard'].validate({ structuredContent: { up: true } })) as {
      value: unknown;
    };

    expect(value).toEqual({ content: [], structuredContent: { up: true } });
  });

  it.each([[[1]], [1], [null]])('has structured content that is an object, and not %j', async (structuredContent) => {
    expect(await issuesOf(legacyToolResult, { content: [], structuredContent })).toEqual([
      'its structured content is not an object',
    ]);
  });
});

describe('a result in the newer revision of the protocol', () => {
  it('has content', async () => {
    expect(await issuesOf(modernToolResult, { structuredContent: { up: true } })).toEqual(['it has no content']);
  });

  it.each([[[1]], [1], [null]])('may have any structured content, such as %j', async (structuredContent) => {
    expect(await issuesOf(modernToolResult, { content: [], structuredContent })).toEqual([]);
  });
});
