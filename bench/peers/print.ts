import { median, most, table } from '../figures';
import type { Result, Row } from '../results';

/** Prints a result: a table for each case. */
export function print({ rows }: Result, about: string): void {
  console.log(about);
  for (const situation of new Set(rows.map((row) => row.case))) {
    const own = rows.filter((row) => row.case === situation);
    const columns = [...new Set(own.map(({ metric, unit }) => `${metric}\n${unit}`))];
    const lines = [...new Set(own.map(({ contestant }) => contestant))].map((contestant) => [
      contestant,
      ...columns.map((column) =>
        cell(own.find((row) => row.contestant === contestant && `${row.metric}\n${row.unit}` === column)),
      ),
    ]);
    const header = columns.map((column) => column.replace('\n', ', ').replace(/, $/, ''));
    console.log(`\n${table([[situation, ...header], ...lines])}`);
  }
}

function cell(row: Row | undefined): string {
  if (row === undefined) return '';
  const { samples } = row;
  const least = Math.min(...samples);
  return `${short(median(samples))} (${short(least)}-${short(most(samples))})`;
}

function short(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
