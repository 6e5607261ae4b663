/** A text as a header can carry it: what is not visible ASCII is percent-encoded, the same each time. */
export function headerText(text: string): string {
  return text.replaceAll(/[^\u0021-\u007e]+/g, (part) => Buffer.from(part).toString('hex').replaceAll(/../g, '%$&'));
}
