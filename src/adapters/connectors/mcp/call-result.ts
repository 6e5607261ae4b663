import type { CallToolResult } from '@modelcontextprotocol/client';
import type { StepResult, ToolAction } from '../../../model/actions.ts';
import { deepestValue, isDeeperThan, isJsonObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { SchemaCheck } from '../../../model/schema-check.ts';
import { invalidReply } from '../faults.ts';
import { readToolResult } from '../mcp-content.ts';
import { nameOf, toolErrorFault } from './answer-faults.ts';
import { referenceFor } from './content-references.ts';

export interface ResultReading {
  readonly home: string;
  readonly schemaCheck: SchemaCheck;
  /** What the tool has promised to answer, where that is known. */
  readonly outputSchema: JsonObject | undefined;
}

/** What a tool's result means for the step. */
export async function readCallResult(
  action: ToolAction,
  result: CallToolResult,
  { home, schemaCheck, outputSchema }: ResultReading,
): Promise<StepResult> {
  const { content, structuredContent, isError } = result as { readonly [key in keyof CallToolResult]: Json };
  if (isDeeperThan(deepestValue, [content ?? null, structuredContent ?? null])) {
    return {
      ok: false,
      fault: invalidReply(nameOf(action), `the result is nested more than ${deepestValue} levels deep`),
    };
  }
  const blocks = Array.isArray(content) ? content.map((block: Json) => referenceFor(block, home)) : [];
  const answer = readToolResult({
    content: blocks,
    ...(structuredContent !== undefined && { structuredContent }),
    ...(isError === true && { isError }),
  });
  if (!answer.ok) return { ok: false, fault: toolErrorFault(action, answer.message) };
  if (outputSchema === undefined || !isJsonObject(structuredContent)) return { ok: true, output: answer.value };
  const violations = await schemaCheck.violations(outputSchema, structuredContent);
  const [first] = violations;
  if (first === undefined) return { ok: true, output: answer.value };
  const where = first.path === '' ? 'it' : first.path;
  const reason = `the result is not what the tool's own schema promises: ${where} ${first.message}`;
  return { ok: false, fault: invalidReply(nameOf(action), reason) };
}
