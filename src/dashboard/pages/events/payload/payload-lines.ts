import type { Issue, TimelineView } from '../../../../api/client.ts';

/** One line of a payload. */
export interface PayloadLine {
  /** `person.email`, `items[0].price`. */
  readonly path: string;
  readonly key: string;
  readonly depth: number;
  /** `identity`: present, but the value is not shown. `absent`: not sent, `text` explains why. */
  readonly kind: 'group' | 'value' | 'identity' | 'absent';
  readonly text: string;
  /** Issues from the platform or the mapping. */
  readonly issues: readonly Issue[];
}

/** The API's masks of personal values. */
const maskedValue = '***';
const maskedHash = '*** (SHA-256)';

/** The match keys that a payload lacks, as the API explains them. */
export type MissingKeys = readonly Pick<TimelineView['connections'][number]['missing'][number], 'path' | 'says' | 'remedy'>[];

/** Converts a payload to lines with their issues. Personal data becomes a label, never a value. Issues without a line are `unplaced`. */
export function toPayloadLines(
  payload: unknown,
  issues: readonly Issue[],
  missing: MissingKeys,
): { readonly lines: readonly PayloadLine[]; readonly unplaced: readonly Issue[] } {
  const present = missing.reduce(addMissingKey, walk(payload, '', '', 0));
  const unmatched = issues.filter((issue) => !present.some((line) => concernsLine(issue, line)));
  const all = unmatched.reduce(addAbsentLine, present);
  const lines = all.map((line) => ({ ...line, issues: issues.filter((issue) => concernsLine(issue, line)) }));
  const placed = new Set(lines.flatMap((line) => line.issues));
  return { lines, unplaced: issues.filter((issue) => !placed.has(issue)) };
}

type BareLine = Omit<PayloadLine, 'issues'>;

function walk(value: unknown, path: string, key: string, depth: number): readonly BareLine[] {
  if (Array.isArray(value)) {
    const entries: readonly unknown[] = value;
    const own: BareLine = { path, key, depth, kind: 'group', text: `${entries.length}` };
    return [own, ...entries.flatMap((one, index) => walk(one, `${path}[${index}]`, String(index), depth + 1))];
  }
  if (typeof value === 'object' && value !== null) {
    const memberDepth = path === '' ? depth : depth + 1;
    const own: readonly BareLine[] = path === '' ? [] : [{ path, key, depth, kind: 'group', text: '' }];
    return [
      ...own,
      ...Object.entries(value).flatMap(([name, one]) => walk(one, path === '' ? name : `${path}.${name}`, name, memberDepth)),
    ];
  }
  if (path === '') return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === maskedHash) return [{ path, key, depth, kind: 'identity', text: 'SHA-256, present' }];
  if (text === maskedValue) return [{ path, key, depth, kind: 'identity', text: 'present' }];
  return [{ path, key, depth, kind: 'value', text }];
}

/** Adds a line for a missing match key to the innermost group of its path that the payload has. A payload without fields has no lines. */
function addMissingKey(lines: readonly BareLine[], { path, says, remedy }: MissingKeys[number]): readonly BareLine[] {
  if (lines.length === 0) return lines;
  const text = `${says} ${remedy}`.trim();
  const [, parent = '', key = ''] = /^(?:(.*)\.)?([^.]+)$/.exec(path.replaceAll('.*', '')) ?? [];
  const at = lines.findIndex((line) => line.kind === 'group' && line.path === parent);
  const group = lines[at];
  if (group) return insertAtEnd(lines, at, { path: `${parent}.${key}`, key, depth: group.depth + 1, kind: 'absent', text });
  return [...lines, { path, key: path, depth: 0, kind: 'absent', text }];
}

/** Inserts a line after all lines of the group at an index. */
function insertAtEnd(lines: readonly BareLine[], at: number, line: BareLine): readonly BareLine[] {
  const after = lines.findIndex(({ depth }, nth) => nth > at && depth < line.depth);
  return lines.toSpliced(after === -1 ? lines.length : after, 0, line);
}

/**
 * Returns whether an issue concerns a line. The platform's issues have the payload's field name. Convey's own issues have the
 * event's field name, and their message begins with the payload's field: `` `value` is not sent ``.
 */
function concernsLine({ field, message }: Issue, { path }: BareLine): boolean {
  if (normalizePath(field).toLowerCase() === path.toLowerCase()) return true;
  const named = findQuotedPath(message);
  return named !== undefined && endsWithPath(path, named);
}

function findQuotedPath(message: string): string | undefined {
  return /^`([\w.[\]]{1,100})` /.exec(message)?.[1];
}

/** Converts `items.0.price` to `items[0].price`. */
function normalizePath(field: string): string {
  return field.replace(/\.(\d+)(?=\.|$)/g, '[$1]');
}

function endsWithPath(path: string, end: string): boolean {
  return path === end || path.endsWith(`.${end}`);
}

/** Adds a line for a field that was left out according to an issue, at the end of its group. */
function addAbsentLine(lines: readonly BareLine[], { field, message }: Issue): readonly BareLine[] {
  const named = findQuotedPath(message);
  const path = named ?? normalizePath(field);
  const [, parent = '', key = ''] = /^(?:(.*)\.)?([^.]+)$/.exec(path) ?? [];
  const at = lines.findIndex((line) => line.kind === 'group' && parent !== '' && endsWithPath(line.path, parent));
  const group = lines[at];
  if (!group || lines.some((line) => line.path === `${group.path}.${key}`)) return lines;
  return insertAtEnd(lines, at, { path: `${group.path}.${key}`, key, depth: group.depth + 1, kind: 'absent', text: '' });
}
