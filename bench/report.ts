import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { table } from '../src/cli/terminal-output.ts';
import { isMet, type Row } from './interleaved-rounds.ts';

const headings = ['what', 'unit', 'Convey', 'reference', 'ratio', 'aim', 'met', 'compared with', 'notes'] as const;

/** Formats rows for a terminal. */
export function formatTable(rows: readonly Row[]): string {
  return table([...headings], rows.map(toCells));
}

const startMark = '<!-- figures: npm run bench -- --markdown -->';
const endMark = '<!-- end of figures -->';

/** Returns whether `file` has a place for `writeMarkdown`. */
export function hasFiguresSection(file: string): boolean {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.includes(startMark) && text.indexOf(endMark) > text.indexOf(startMark);
}

const pageHeadings = ['what', 'Convey', 'reference: ratio', 'aim'] as const;

/** Replaces the figures between the two marks of `file` with the rows that have an aim. `from` describes their origin. */
export function writeMarkdown(file: string, from: string, rows: readonly Row[]): void {
  const text = readFileSync(file, 'utf8');
  const formatLine = (columns: readonly string[]) => `| ${columns.map((column) => column.replaceAll('|', '\\|')).join(' | ')} |`;
  const aimed = rows.filter(({ aim }) => aim !== undefined);
  const lines = [
    formatLine(pageHeadings),
    formatLine(pageHeadings.map(() => '---')),
    ...aimed.map((row) => formatLine(toPageCells(row))),
  ];
  const before = text.slice(0, text.indexOf(startMark) + startMark.length);
  writeFileSync(file, `${before}\n${from}\n\n${lines.join('\n')}\n${text.slice(text.indexOf(endMark))}`);
}

function toCells(row: Row): readonly string[] {
  const { what, unit, convey, reference, aim, notes } = row;
  const noteTexts = Object.entries(notes).map(([name, value]) => `${name} ${formatFigure(value)}`);
  const { median, min, max } = reference?.ratio ?? {};
  const ratio =
    median === undefined || min === undefined || max === undefined
      ? ''
      : `${formatRatio(median)} (${formatRatio(min)}–${formatRatio(max)})`;
  const met = isMet(row);
  return [
    what,
    unit,
    formatFigure(convey),
    reference ? formatFigure(reference.value) : '',
    ratio,
    aim ? `${aim.of === 'ratio' ? 'ratio ' : ''}${aim.bound} ${formatFigure(aim.value)}` : '',
    met === undefined ? '' : met ? 'yes' : 'no',
    reference?.what ?? '',
    noteTexts.join(', '),
  ];
}

/** The reference is left out unless the aim is for the ratio to it. */
function toPageCells(row: Row): readonly string[] {
  const [what = '', unit = '', convey = '', reference = '', ratio = '', aim = '', met = '', comparedWith = ''] = toCells(row);
  const isRatio = row.aim?.of === 'ratio';
  return [
    what,
    `${convey} ${unit}`,
    isRatio ? `${comparedWith} ${reference}: ${ratio}` : '',
    `${aim}: ${met === 'yes' ? 'met' : 'not met'}`,
  ];
}

function formatFigure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function formatRatio(ratio: number): string {
  return ratio.toFixed(2);
}
