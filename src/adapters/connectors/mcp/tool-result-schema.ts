import { specTypeSchemas, type CallToolResult, type StandardSchemaV1 } from '@modelcontextprotocol/client';

/** What answers something else than a call of a tool. */
const foreignKeys = ['task', 'inputRequests', 'requestState'] as const;

const { validate } = specTypeSchemas.CallToolResult['~standard'];
const issue = (message: string) => ({ issues: [{ message }] });

/** What servers of the older revision answer: content may be missing, and structured content is an object. */
export const legacyToolResult = schemaOf((result) => {
  const { content, structuredContent } = result;
  if (content === undefined && foreignKeys.some((key) => key in result)) return 'it has no content';
  const isObject = typeof structuredContent === 'object' && structuredContent !== null;
  if (structuredContent === undefined || (isObject && !Array.isArray(structuredContent))) return undefined;
  return 'its structured content is not an object';
});

/** What servers of the newer revision answer. */
export const modernToolResult = schemaOf(({ content }) => (content === undefined ? 'it has no content' : undefined));

type Unchecked = { readonly [key in keyof CallToolResult]?: unknown };

/**
 * The SDK's check of results, behind one for what the revisions differ in. Where it is given no schema, the SDK puts one
 * together for each call, and tries it with a value that does not fit: that takes as long as all the rest of its check.
 */
function schemaOf(problemOf: (result: Unchecked) => string | undefined): StandardSchemaV1<unknown, CallToolResult> {
  return {
    '~standard': {
      version: 1,
      vendor: 'runner',
      validate: (value) => {
        const problem = typeof value === 'object' && value !== null ? problemOf(value) : undefined;
        return problem === undefined ? validate(value) : issue(problem);
      },
    },
  };
}
