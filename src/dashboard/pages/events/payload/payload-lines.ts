import type { Issue, TimelineView } from '../../../../api/client.ts';
import type { matchKeyLabels } from '../event-labels.ts';

/** One line of what was sent. */
export interface PayloadLine {
  /** `userData.em`, `customData.items[0].price`. */
  readonly path: string;
  readonly key: string;
  readonly depth: number;
  /** `identity`: there, and not shown. `absent`: not sent, and `text` says why. */
  readonly kind: 'group' | 'value' | 'identity' | 'absent';
  readonly text: string;
  /** What the platform or the mapping said of it. */
  readonly issues: readonly Issue[];
}

type MatchKey = keyof typeof matchKeyLabels;

/** What a platform's payload calls the match keys. */
const identityFields: Readonly<Record<string, MatchKey>> = {
  msclkid: 'msclkid',
  em: 'email',
  ph: 'phone',
  externalId: 'external-id',
  anonymousId: 'visitor',
  clientIpAddress: 'address',
  clientUserAgent: 'agent',
};
const furtherIdentity = new Set(['idfa', 'gaid']);
const person = 'userData';

/** What is known of the shopper, beside what was sent. */
export type PayloadContext = Pick<TimelineView, 'event' | 'copies' | 'recalled' | 'missing'>;

/**
 * A payload line by line, each with what was said of it; who the shopper is shows as a badge, never as a value. What was said of
 * nothing that is in it is `unplaced`.
 */
export function toPayloadLines(
  payload: unknown,
  issues: readonly Issue[],
  known: PayloadContext,
): { readonly lines: readonly PayloadLine[]; readonly unplaced: readonly Issue[] } {
  const there = walk(payload, '', '', 0, known);
  const amiss = issues.filter((issue) => !there.some((line) => concernsLine(issue, line)));
  const bare = amiss.reduce(addAbsentLine, there);
  const lines = bare.map((line) => ({ ...line, issues: issues.filter((issue) => concernsLine(issue, line)) }));
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
    const below = path === '' ? depth : depth + 1;
    const own: readonly BareLine[] = path === '' ? [] : [{ path, key, depth, kind: 'group', text: '' }];
    const members = Object.entries(value).flatMap(([name, one]) =>
      walk(one, path === '' ? name : `${path}.${name}`, name, below, known),
    );
    return [...own, ...members, ...(key === person ? absentLines(Object.keys(value), path, below, known) : [])];
  }
  if (path === '') return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (isIdentity(path, key, text)) return [{ path, key, depth, kind: 'identity', text: getIdentityLabel(key, text, known) }];
  return [{ path, key, depth, kind: 'value', text: typeof value === 'string' ? maskClickIds(text) : text }];
}

function isIdentity(path: string, key: string, text: string): boolean {
  const isOfPerson = path.split('.').includes(person);
  return isOfPerson || Object.hasOwn(identityFields, key) || furtherIdentity.has(key) || /^[0-9a-f]{64}$/i.test(text);
}

/** What is there, and in which form, without the value. */
function getIdentityLabel(key: string, text: string, { event, copies }: PayloadContext): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) return 'present';
  const kind = key === 'em' ? 'email' : key === 'ph' ? 'phone' : undefined;
  if (kind === undefined) return 'SHA-256, present';
  const own = [event, ...copies].flatMap((report) => report?.keys ?? []);
  const forms = kind === 'email' ? ['emailMicrosoft', 'emailGiven'] : ['phoneE164', 'phoneGiven'];
  const form = forms.find((one) => own.includes(one));
  return form === undefined ? 'SHA-256, present: known of the shopper' : `SHA-256, present: ${form}`;
}

function absentLines(present: readonly string[], path: string, depth: number, { missing }: PayloadContext): readonly BareLine[] {
  return Object.entries(identityFields)
    .filter(([name]) => !present.includes(name))
    .map(([name, key]) => {
      const reason = missing.find((one) => one.key === key);
      const text = reason ? `${reason.says} ${reason.remedy}` : 'It was not known when this was sent.';
      return { path: `${path}.${name}`, key: name, depth, kind: 'absent', text };
    });
}

/**
 * The platform names its own field; a check of ours names the sender's, and begins with the platform's in code marks:
 * `` `value` is not sent ``.
 */
function concernsLine({ field, message }: Issue, { path }: BareLine): boolean {
  if (normalizePath(field).toLowerCase() === path.toLowerCase()) return true;
  const named = findQuotedPath(message);
  return named !== undefined && endsWithPath(path, named);
}

function findQuotedPath(message: string): string | undefined {
  return /^`([\w.[\]]{1,100})` /.exec(message)?.[1];
}

/** `items.0.price` is `items[0].price`. */
function normalizePath(field: string): string {
  return field.replace(/\.(\d+)(?=\.|$)/g, '[$1]');
}

function endsWithPath(path: string, end: string): boolean {
  return path === end || path.endsWith(`.${end}`);
}

/** With a line for what an issue says was left out, at the end of the part that it would stand in. */
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

/** An address without what an ad platform wrote into it, which tells one shopper from another. */
export function maskClickIds(text: string): string {
  return text.replace(clickParameters, '$1…');
}
