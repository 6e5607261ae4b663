import { displayWidth, fit } from './width.ts';

/** A piece of a line with its colour; colours are put on after the line was cut to fit. */
export interface Segment {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** The segments as one line of at most `columns`. */
export function joinSegments(segments: readonly Segment[], columns = Number.POSITIVE_INFINITY): string {
  let left = columns;
  let line = '';
  for (const { text, paint } of segments) {
    const fitted = fit(text, left);
    line += paint ? paint(fitted) : fitted;
    left -= displayWidth(fitted);
    if (fitted !== text) break;
  }
  return line;
}
