import type { Issue, TimelineView } from '../../../../api/client.ts';
import type { matchKeyLabels } from '../event-labels.ts';

/** One line of a payload. */
export interface PayloadLine {
  /** `userData.em`, `customData.items[0].price`. */
  readonly path: string;
  readonly key: string;
  readonly depth: number;
  /** `identity`: present, but the value is not shown. `absent`: not sent, `text` explains why. */
  readonly kind: 'group' | 'value' | 'identity' | 'absent';
  readonly text: string;
  /** Issues from the platform or the mapping. */
  readonly issues: readonly Issue[];
}

type MatchKey = keyof typeof matchKeyLabels;

/** The match keys by their names in the platform's payload. */
const identityFields: Readonly<Record<string, MatchKey>> = {
  msclkid: 'msclkid',
  em: 'email',
  ph: 'phone',
  externalId: 'external-id',
  anonymousId: 'visitor',
  clientIpAddress: 'address',
  clientUserAgent: 'agent',
};
const person = 'userData';
/** The API's masks of personal values. */
const maskedValue = '***';
const maskedHash = '*** (SHA-256)';

/** The parts of the timeline that explain a payload. */
export type PayloadContext = Pick<TimelineView, 'event' | 'copies' | 'recalled' | 'missing'>;

/** Converts a payload to lines with their issues. Personal data becomes a label, never a value. Issues without a line are `unplaced`. */
export function toPayloadLines(
  payload: unknown,
  issues: readonly Issue[],
  known: PayloadContext,
): { readonly lines: readonly PayloadLine[]; readonly unplaced: readonly Issue[] } {
  const present = walk(payload, '', '', 0, known);
  const unmatched = issues.filter((issue) => !present.some((line) => concernsLine(issue, line)));
  const all = unmatched.reduce(addAbsentLine, present);
  const lines = all.map((line) => ({ ...line, issues: issues.filter((issue) => concernsLine(issue, line)) }));
  const placed = new Set(lines.flatMap((line) => line.issues));
  return { lines, unplaced: issues.filter((issue) => !placed.has(issue)) };
}

type BareLine = Omit<PayloadLine, 'issues'>;

function walk(value: unknown, path: string, key: string, depth: number, known: PayloadContext): readonly BareLine[] {
  if (Array.isArray(value)) {
    const entries: readonly unknown[] = value;
    const own: BareLine = { path, key, depth, kind: 'group', text: `${entries.length}` };
    return [own, ...entries.flatMap((one, index) => walk(one, `${path}[${index}]`, String(index), depth + 1, known))];
  }
  if (typeof value === 'object' && value !== null) {
    const memberDepth = path === '' ? depth : depth + 1;
    const own: readonly BareLine[] = path === '' ? [] : [{ path, key, depth, kind: 'group', text: '' }];
    const members = Object.entries(value).flatMap(([name, one]) =>
      walk(one, path === '' ? name : `${path}.${name}`, name, memberDepth, known),
    );
    return [...own, ...members, ...(key === person ? absentLines(Object.keys(value), path, memberDepth, known) : [])];
  }
  if (path === '') return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === maskedValue || text === maskedHash)
    return [{ path, key, depth, kind: 'identity', text: getIdentityLabel(key, text, known) }];
  return [{ path, key, depth, kind: 'value', text: typeof value === 'string' ? maskClickIds(text) : text }];
}

/** Returns which form of a value is present, without the value. */
function getIdentityLabel(key: string, text: string, { event, copies }: PayloadContext): string {
  if (text !== maskedHash) return 'present';
  const kind = key === 'em' ? 'email' : key === 'ph' ? 'phone' : undefined;
  if (kind === undefined) return 'SHA-256, present';
  const own = [event, ...copies].flatMap((report) => report?.keys ?? []);
  const forms = kind === 'email' ? ['emailMicrosoft', 'emailGiven'] : ['phoneE164', 'phoneGiven'];
  const form = forms.find((one) => own.includes(one));
  return form === undefined ? 'SHA-256, present: from the profile' : `SHA-256, present: ${form}`;
}

function absentLines(present: readonly string[], path: string, depth: number, { missing }: PayloadContext): readonly BareLine[] {
  return Object.entries(identityFields)
    .filter(([name]) => !present.includes(name))
    .map(([name, key]) => {
      const reason = missing.find((one) => one.key === key);
      const text = reason ? `${reason.says} ${reason.remedy}` : 'Not known at the time of sending.';
      return { path: `${path}.${name}`, key: name, depth, kind: 'absent', text };
    });
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
  const path =
    named === undefined
      ? normalizePath(field)
      : named.includes('.') || !/^(commerce|goal)\./.test(field)
        ? named
        : `customData.${named}`;
  const [, parent = '', key = ''] = /^(?:(.*)\.)?([^.]+)$/.exec(path) ?? [];
  const at = lines.findIndex((line) => line.kind === 'group' && parent !== '' && endsWithPath(line.path, parent));
  const group = lines[at];
  if (!group || lines.some((line) => line.path === `${group.path}.${key}`)) return lines;
  const after = lines.findIndex((line, nth) => nth > at && line.depth <= group.depth);
  const place = after === -1 ? lines.length : after;
  return lines.toSpliced(place, 0, { path: `${group.path}.${key}`, key, depth: group.depth + 1, kind: 'absent', text: '' });
}

const clickParameters =
  /([?&](?:msclkid|gclid|gbraid|wbraid|dclid|fbclid|ttclid|epik|li_fat_id|sccid|rdt_cid|twclid|irclickid|qclid|tblci|dicbo|obclid|yclid)=)[^&#\s]+/gi;

/** Masks click ids in a URL, because they identify a shopper. */
export function maskClickIds(text: string): string {
  return text.replace(clickParameters, '$1…');
}
