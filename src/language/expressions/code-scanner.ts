/** A mark of JSONata's grammar outside strings, quoted names, comments and regular expressions. */
export interface CodeMark {
  readonly text: string;
  readonly offset: number;
}

const word = /[\w$]+/y;
const operatorWords = new Set(['and', 'or', 'in']);

/** The marks (brackets, separators, operators, words) of a text from `offset` on, in order. Linear in the text's length. */
export function* scanCode(text: string, offset: number): Generator<CodeMark> {
  let position = offset;
  // A slash divides after an operand and begins a regular expression anywhere else.
  let afterOperand = false;
  while (position < text.length) {
    const start = position;
    const quotedEnd = skipQuoted(text, position, afterOperand);
    if (quotedEnd > position) {
      if (text[start] !== '/' || text[start + 1] !== '*') afterOperand = true;
      position = quotedEnd;
      continue;
    }
    const mark = readMark(text, position);
    position += mark.length;
    if (mark.trim() === '') continue;
    afterOperand = endsOperand(mark);
    yield { text: mark, offset: start };
  }
}

/**
 * The offset of the `}}` that closes a `${{`, or undefined when there is none.
 * @param offset of the first character after `${{`
 */
export function findClosing(text: string, offset: number): number | undefined {
  let depth = 0;
  let previous: CodeMark | undefined;
  for (const mark of scanCode(text, offset)) {
    const closesTwice = mark.text === '}' && previous?.text === '}' && previous.offset === mark.offset - 1;
    if (depth === -1 && closesTwice) return mark.offset - 1;
    if (mark.text === '{') depth++;
    if (mark.text === '}') depth--;
    if (depth < -1) return undefined;
    previous = mark;
  }
  return undefined;
}

/** Where the string, quoted name, comment or regular expression that begins at `offset` ends; `offset` when none does. */
function skipQuoted(text: string, offset: number, afterOperand: boolean): number {
  const first = text[offset];
  if (first === '"' || first === "'") return skipString(text, offset, first);
  if (first === '`') return endAfter(text, '`', offset + 1);
  if (first !== '/') return offset;
  if (text[offset + 1] === '*') return endAfter(text, '*/', offset + 2);
  return afterOperand ? offset : skipRegex(text, offset);
}

function skipString(text: string, offset: number, quote: string): number {
  for (let position = offset + 1; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text[position] === quote) return position + 1;
  }
  return text.length;
}

function skipRegex(text: string, offset: number): number {
  let depth = 0;
  for (let position = offset + 1; position < text.length; position++) {
    const character = text[position] ?? '';
    if (character === '\\') position++;
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === '/' && depth === 0) return position + 1;
  }
  return text.length;
}

function endAfter(text: string, closing: string, offset: number): number {
  const end = text.indexOf(closing, offset);
  return end === -1 ? text.length : end + closing.length;
}

function readMark(text: string, offset: number): string {
  word.lastIndex = offset;
  const found = word.exec(text);
  if (found !== null) return found[0];
  const pair = text.slice(offset, offset + 2);
  return pair === '??' || pair === '?:' || pair === ':=' ? pair : (text[offset] ?? '');
}

function endsOperand(mark: string): boolean {
  return /^(?:[\w$]+|[)\]}])$/.test(mark) && !operatorWords.has(mark);
}
