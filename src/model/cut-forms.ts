const cutMark = /…|\[\.\.\. \d+ bytes cut \.\.\.\]/g;
const shortestRest = 6;

/**
 * The text without what a cut has left of a form: its beginning before a mark such as `…`, its end after one. Messages
 * are shortened before anybody can know what is secret in them.
 */
export function withoutCutForms(text: string, forms: Iterable<string>, replacement: string): string {
  if (!text.includes('…') && !text.includes(' bytes cut ...]')) return text;
  const all = [...forms].filter(({ length }) => length > shortestRest);
  let clean = '';
  let from = 0;
  for (const mark of text.matchAll(cutMark)) {
    clean += withoutEnd(text.slice(from, mark.index), all, replacement) + mark[0];
    from = mark.index + mark[0].length;
    const rest = text.slice(from);
    const length = lengthOfEnding(rest, all);
    if (length > 0) clean += replacement;
    from += length;
  }
  return clean + text.slice(from);
}

function withoutEnd(text: string, forms: readonly string[], replacement: string): string {
  const trimmed = text.trimEnd();
  const start = Math.min(...forms.map((form) => startOfBeginning(trimmed, form)));
  return start < trimmed.length ? trimmed.slice(0, start) + replacement + text.slice(trimmed.length) : text;
}

/** Where the beginning of the form stands at the end of the text; the text's length where it does not. */
function startOfBeginning(text: string, form: string): number {
  const first = form.slice(0, shortestRest);
  for (let at = text.indexOf(first, text.length - form.length); at !== -1; at = text.indexOf(first, at + 1)) {
    if (form.startsWith(text.slice(at))) return at;
  }
  return text.length;
}

/** How much of the text's beginning is the end of a form, with the blank before it. */
function lengthOfEnding(text: string, forms: readonly string[]): number {
  const blank = text.length - text.trimStart().length;
  const words = text.slice(blank);
  const lengths = forms.map((form) => {
    const last = form.slice(-shortestRest);
    const longest = words.slice(0, form.length);
    for (let at = longest.lastIndexOf(last); at !== -1; at = at === 0 ? -1 : longest.lastIndexOf(last, at - 1)) {
      if (form.endsWith(longest.slice(0, at + shortestRest))) return at + shortestRest;
    }
    return 0;
  });
  const length = Math.max(0, ...lengths);
  return length === 0 ? 0 : blank + length;
}
