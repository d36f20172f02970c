import { stripVTControlCharacters, styleText } from 'node:util';
import type { OutcomeView } from '../api/client.ts';
import { isAdjustedOutcome } from '../event/adjusted-outcomes.ts';
import { formatMoney } from '../event/format-numbers.ts';
import type { Issue } from '../event/issue.ts';
import { currentTerminal } from './terminal.ts';

export { formatUtc as time } from '../event/units.ts';

/** A count, a share, or the mark of an absent one. */
const number = /^(?:[<>]?[\d.,]+%?|–)$/;

/** Formats a table with a header line. Each column is as wide as its widest cell. Columns of numbers are aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumeric = header.map((_, column) => rows.every((row) => number.test(row[column] ?? '')));
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => getWidth(row[column] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - getWidth(cell));
        return isNumeric[column] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [styleText('dim', line(header)), ...rows.map(line)].join('\n');
}

/** Formats an amount as the dashboard does, with a space that a search of the output finds. */
export function money(value: number, currency: string | undefined): string {
  return formatMoney(value, currency).replaceAll('\u00a0', ' ');
}

/** Returns the number of characters that the terminal shows. */
function getWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Replaces the control characters of untrusted text, which could move a terminal's cursor, and truncates the text. */
export function sanitizeForTerminal(text: string, maxLength = 200): string {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
  return shown.length > maxLength ? `${shown.slice(0, maxLength - 1)}…` : shown;
}

/** The width of a report. */
export const columns = 80;

/** Breaks a text between words into lines of at most `width` characters. A longer word gets a line of its own. */
export function wrapText(text: string, width = columns): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Prints an error to stderr as `error: what happened. what to do`. */
export function printError(message: string): void {
  const { stderr } = currentTerminal();
  stderr.write(`${styleText('red', 'error:', { stream: stderr })} ${message}\n`);
}

/** Formats an issue with its code, by which the docs and `--json` name it. Untrusted, as its parts are. */
export function formatIssue({ field, code, message }: Issue): string {
  return `${field} (${code}): ${message}`;
}

/** Returns the colour of an outcome. */
export function outcomeColour(outcome: OutcomeView['outcome']): 'green' | 'red' | 'yellow' | 'dim' {
  if (outcome === 'delivered' || isAdjustedOutcome(outcome)) return 'green';
  if (outcome === 'dead') return 'red';
  return ['waiting', 'undelivered', 'awaiting-verdict', 'unverified'].includes(outcome) ? 'yellow' : 'dim';
}
