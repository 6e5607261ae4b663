import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import { parseJsonText } from './reply-body.ts';

const resultKeys = new Set(['content', 'structuredContent', 'isError', '_meta']);

export type ToolAnswer = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/**
 * The value of a tool's result. An MCP result becomes its structured content; else, when its text is one block that
 * looks like JSON, that; else its text. Anything else is a value already and stays as it is.
 */
export function readToolResult(result: Json): ToolAnswer {
  if (!isMcpResult(result)) return { ok: true, value: result };
  const { content, structuredContent } = result;
  const blocks = Array.isArray(content) ? (content as readonly Json[]) : [];
  if (result['isError'] === true) return { ok: false, message: describeError(blocks, structuredContent) };
  return { ok: true, value: structuredContent ?? readBlocks(blocks) };
}

/** Other keys make it a tool's own value that merely has a field called `content`. */
function isMcpResult(result: Json): result is JsonObject {
  if (!isJsonObject(result) || !Object.keys(result).every((key) => resultKeys.has(key))) return false;
  const { content, structuredContent, isError } = result;
  if (content === undefined) return isJsonObject(structuredContent) || isError === true;
  return Array.isArray(content) && content.every((block: Json) => isJsonObject(block) && 'type' in block);
}

function readBlocks(blocks: readonly Json[]): Json {
  if (blocks.length === 0) return null;
  const texts = blocks.map(textOf).filter((text) => text !== undefined);
  if (texts.length < blocks.length) return blocks;
  const whole = texts.join('\n');
  if (texts.length > 1 || !/^\s*[[{]/.test(whole)) return whole;
  const parsed = parseJsonText(whole);
  return parsed.ok ? parsed.value : whole;
}

function describeError(blocks: readonly Json[], structured: Json | undefined): string {
  const text = blocks.map(textOf).filter((text) => text !== undefined);
  return text.length > 0 || structured === undefined ? text.join(' ') : JSON.stringify(structured);
}

function textOf(block: Json): string | undefined {
  if (!isJsonObject(block) || block['type'] !== 'text') return undefined;
  return typeof block['text'] === 'string' ? block['text'] : undefined;
}
