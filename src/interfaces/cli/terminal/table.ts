import { displayWidth, fit, pad, padStart } from './width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Takes what the others leave, and is cut to fit. */
  readonly flexible?: true;
}

const gap = 2;

/** The lines of a table no wider than `columns`, header first; trailing spaces are cut. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly string[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  shrinkFlexible(columns, widths, width);
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => cell(cells[index] ?? '', widths[index] ?? 0, column.align))
      .join(' '.repeat(gap))
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

function shrinkFlexible(columns: readonly Column[], widths: number[], width: number): void {
  const total = widths.reduce((sum, each) => sum + each, 0) + gap * (widths.length - 1);
  const flexible = columns.findIndex((column) => column.flexible);
  const own = widths[flexible];
  if (own === undefined || total <= width) return;
  widths[flexible] = Math.max(8, own - (total - width));
}

function cell(text: string, width: number, align: 'right' | undefined): string {
  const fitted = fit(text, width);
  return align === 'right' ? padStart(fitted, width) : pad(fitted, width);
}
