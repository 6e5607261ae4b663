import type { Row, RowName } from './rows.ts';

/** What was measured; a row that was not measured is absent. */
export type Figures = Partial<Record<RowName, Figure>>;

export interface Figure {
  /** Median over the rounds, in the unit of the row. */
  readonly value: number;
  /** What the figure is made of, for people. */
  readonly detail: string;
}

/** The rows with their figures, as one Markdown table. */
export function table(rows: readonly Row[], figures: Figures): string {
  const lines = rows.map((row) => lineOf(row, figures[row.name]));
  const head = ['row', 'what', 'measured', 'at most / least', 'aim', 'verdict', 'made of'];
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [format(head), rule, ...lines.map(format)].join('\n');
}

function lineOf(row: Row, figure: Figure | undefined): readonly string[] {
  const { name, what, unit, good, limit, aim } = row;
  const bound = `${good === 'low' ? '≤' : '≥'} ${limit} ${unit}`;
  if (figure === undefined) return [name, what, '-', bound, `${aim} ${unit}`, 'not measured', ''];
  return [name, what, `${round(figure.value)} ${unit}`, bound, `${aim} ${unit}`, verdict(row, figure), figure.detail];
}

function verdict({ good, limit, aim }: Row, { value }: Figure): string {
  const reaches = (bound: number): boolean => (good === 'low' ? value <= bound : value >= bound);
  if (reaches(aim)) return 'aim met';
  return reaches(limit) ? 'limit met' : 'MISSED';
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
