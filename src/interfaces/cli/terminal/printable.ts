/* eslint-disable no-control-regex -- finding control characters is what this file is for */
// C0 without tab and line feed, DEL, C1, and the characters that reverse the direction of what follows.
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const unsafeInLine = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from outside, safe to print: what could steer a terminal is shown as an escape. Lines and tabs are kept. */
export function printable(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafe, escapeCharacter);
}

/** The same on one line: line breaks and tabs are shown as escapes too. */
export function printableLine(text: string): string {
  return text.replace(unsafeInLine, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
