import { displayWidth, fit, pad, padStart } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Takes what the others leave, and is cut to fit. */
  readonly flexible?: true;
  /** Left out where the terminal is too narrow for all columns; the highest number goes first. */
  readonly spare?: number;
}

/** A column with the width that it is given. */
interface Sized {
  readonly column: Column;
  /** Position of its cells in a row. */
  readonly index: number;
  readonly width: number;
}

const gap = 2;
const leastWidth = 8;

/** The lines of a table no wider than `columns`, header first; trailing spaces are cut. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const natural = columns.map((column, index) => ({ column, index, width: naturalWidth(column, index, rows) }));
  const sized = cutWidest(shrinkFlexible(leaveOutSpare(leaveOutEmpty(natural, rows, width), width), width), width);
  const line = (cells: readonly string[]): string =>
    fit(
      sized
        .map(({ column, index, width: own }) => cell(cells[index] ?? '', own, column.align))
        .join(' '.repeat(gap))
        .trimEnd(),
      width,
    );
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

function naturalWidth({ title }: Column, index: number, rows: readonly (readonly string[])[]): number {
  return rows.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? '')), displayWidth(title));
}

/** Where not all columns find room, those that hold nothing in any row go first. */
function leaveOutEmpty(sized: readonly Sized[], rows: readonly (readonly string[])[], width: number): readonly Sized[] {
  if (totalWidth(sized) <= width) return sized;
  return sized.filter(({ index }) => rows.some((row) => row[index] !== ''));
}

function leaveOutSpare(sized: readonly Sized[], width: number): readonly Sized[] {
  const atLeast = sized.map((each) =>
    each.column.flexible ? withWidth(each, Math.min(each.width, leastWidth)) : each,
  );
  const spare = sized.reduce((highest, { column }) => Math.max(highest, column.spare ?? 0), 0);
  if (spare === 0 || totalWidth(atLeast) <= width) return sized;
  return leaveOutSpare(
    sized.filter(({ column }) => column.spare !== spare),
    width,
  );
}

function shrinkFlexible(sized: readonly Sized[], width: number): readonly Sized[] {
  const excess = totalWidth(sized) - width;
  if (excess <= 0) return sized;
  return sized.map((each) =>
    each.column.flexible ? withWidth(each, Math.max(Math.min(each.width, leastWidth), each.width - excess)) : each,
  );
}

/** The last resort; the first column names the row, so it is cut only where cutting the others is not enough. */
function cutWidest(sized: readonly Sized[], width: number): readonly Sized[] {
  const excess = totalWidth(sized) - width;
  const widest = sized.slice(1).reduce((most, each) => Math.max(most, each.width), 0);
  if (excess <= 0 || widest <= leastWidth) return sized;
  const victim = sized.findIndex((each, position) => position > 0 && each.width === widest);
  return sized.map((each, position) =>
    position === victim ? withWidth(each, Math.max(leastWidth, each.width - excess)) : each,
  );
}

function withWidth(sized: Sized, width: number): Sized {
  return { ...sized, width };
}

function totalWidth(sized: readonly Sized[]): number {
  return sized.reduce((sum, each) => sum + each.width, 0) + gap * Math.max(0, sized.length - 1);
}

function cell(text: string, width: number, align: 'right' | undefined): string {
  const fitted = fit(text, width);
  return align === 'right' ? padStart(fitted, width) : pad(fitted, width);
}
