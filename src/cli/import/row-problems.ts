import type { Issue } from '../../event/issue.ts';
import { longestLine } from './json-lines.ts';

/** The rules that refuse a row before it is sent, each with its remedy. */
export const rowProblems = {
  'row-unreadable': 'Must be one JSON object a line. Write one event a line, in UTF-8.',
  'row-too-long': `Must be at most ${longestLine / 1024} KiB. Shorten \`properties\` or \`commerce.items\`.`,
  'row-too-deep': 'Must be nested at most 29 levels deep. Flatten `properties`.',
  'text-has-nul': 'Must not have the character U+0000. Remove that character.',
  'consent-unreadable':
    'Must state consent as `granted` or `denied`, because another answer may be a denial. Write one of these under `consent.adStorage`, or leave it empty.',
  'text-garbled': 'Must be text in UTF-8, without the character U+FFFD. Export the file in UTF-8.',
  'time-missing': 'Must have a time, because a file has old events. Fill in the time of the event.',
  'time-without-zone':
    'Must have an offset, such as `+01:00`, unless the file states its zone. Add offsets, a line `Parameters:TimeZone=Europe/Berlin`, or `--time-zone`.',
  'time-day-first': 'Must not have the day first. Write dates as `2026-11-24`, or as `11/24/2026`.',
  'time-unreadable':
    'Must be a time such as `2026-11-24 10:00:00 +0100`, `11/24/2026 10:00:00 AM`, or UNIX seconds. Write it in one of these forms.',
  'value-unreadable':
    'Must be a number from 0 to 999999999999 with a decimal point and at most three decimals. Remove currency signs and thousands separators.',
  'hash-malformed': 'Must be a SHA-256 of 64 hexadecimal digits. Write the hash, or use a column for the raw value.',
} as const;

export type RowProblem = keyof typeof rowProblems;

export function createRowIssue(field: string, code: RowProblem): Issue {
  return { field, code, message: rowProblems[code] };
}
