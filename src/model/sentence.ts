/** The text as a sentence: what others say often ends with a full stop of its own. */
export function asSentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}
