import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { table } from '../src/cli/terminal-output.ts';
import { isMet, type Row } from './interleaved-rounds.ts';

const heads = ['what', 'unit', 'Convey', 'reference', 'ratio', 'aim', 'met', 'compared with', 'notes'] as const;

/** Formats rows for a terminal. */
export function formatTable(rows: readonly Row[]): string {
  return table([...heads], rows.map(cells));
}

const begin = '<!-- figures: npm run bench -- --markdown -->';
const end = '<!-- end of figures -->';

/** Returns whether `file` has a place for `writeMarkdown`. */
export function hasFiguresSection(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.includes(begin) && text.indexOf(end) > text.indexOf(begin);
}

/** Replaces the figures between the two marks of `file` with the rows. `from` describes their origin. */
export function writeMarkdown(file: string, from: string, rows: readonly Row[]): void {
  const text = readFileSync(file, 'utf8');
  const line = (columns: readonly string[]) => `| ${columns.map((column) => column.replaceAll('|', '\\|')).join(' | ')} |`;
  const lines = [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(cells(row)))];
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  writeFileSync(file, `${before}\n${from}\n\n${lines.join('\n')}\n${text.slice(text.indexOf(end))}`);
}

function cells(row: Row): readonly string[] {
  const { what, unit, convey, reference, aim, notes } = row;
  const noteTexts = Object.entries(notes).map(([name, value]) => `${name} ${figure(value)}`);
  const { median, min, max } = reference?.ratio ?? {};
  const ratio =
    median === undefined || min === undefined || max === undefined ? '' : `${fixed(median)} (${fixed(min)}–${fixed(max)})`;
  const met = isMet(row);
  return [
    what,
    unit,
    figure(convey),
    reference ? figure(reference.value) : '',
    ratio,
    aim ? `${aim.of === 'ratio' ? 'ratio ' : ''}${aim.bound} ${figure(aim.value)}` : '',
    met === undefined ? '' : met ? 'yes' : 'no',
    reference?.what ?? '',
    noteTexts.join(', '),
  ];
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function fixed(ratio: number): string {
  return ratio.toFixed(2);
}
