import type { Issue } from '../../event/issue.ts';
import { createRowIssue } from './row-problems.ts';
import { type FileZone, readRowTime } from './row-time.ts';
import type { ColumnFields } from './templates.ts';

/** An event in the form of the server API. */
export type RowEvent = { [key: string]: unknown };

/** Builds an event from the cells of a row. Blank cells are absent. `fixed`: the value of a field in every row. */
export function buildEvent(cells: readonly string[], fields: ColumnFields, fixed: Readonly<Record<string, string>>): RowEvent {
  const event: RowEvent = {};
  const values = new Map<string, string>();
  for (const [index, field] of fields.entries()) {
    const cell = cells[index]?.trim() ?? '';
    if (field !== undefined && cell !== '') values.set(field, cell);
  }
  for (const [field, value] of values)
    setMember(event, field.split('.'), field.startsWith('consent.') ? value.toLowerCase() : value);
  return fixMembers(event, fixed);
}

/** Sets fields that have the same value in every row. */
export function fixMembers(event: RowEvent, fixed: Readonly<Record<string, string>>): RowEvent {
  for (const [field, value] of Object.entries(fixed)) setMember(event, field.split('.'), value);
  return event;
}

function setMember(target: RowEvent, [name = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const member = getMembers(target[name]) ?? {};
  target[name] = member;
  setMember(member, rest, value);
}

/** Returns the members of an object, and `undefined` for any other value. */
export function getMembers(value: unknown): RowEvent | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RowEvent) : undefined;
}

const valueForm = /^\d{1,12}(?:\.\d{1,3})?$/;
const hashForm = /^[0-9a-f]{64}$/i;
const hashFields = ['emailSha256', 'phoneSha256'] as const;

/** Checks a row by the rules of files, and writes its time with an offset. Returns the event, or why the row is refused. */
export function checkEvent(
  event: RowEvent,
  zone: FileZone | undefined,
): { readonly event: RowEvent } | { readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const time = readRowTime(event.time, zone);
  if (typeof time === 'string') issues.push(createRowIssue('time', time));
  const { orderId, value } = getMembers(event.commerce) ?? {};
  // Garbled letters would join different orders, and no hash of them matches a person.
  const identifying = { id: event.id, 'commerce.orderId': orderId, user: event.user };
  for (const [field, text] of Object.entries(identifying))
    if (JSON.stringify(text)?.includes('\ufffd')) issues.push(createRowIssue(field, 'text-garbled'));
  if (typeof value === 'string' && value.trim() !== '' && !valueForm.test(value.trim()))
    issues.push(createRowIssue('commerce.value', 'value-unreadable'));
  const consentField = findUnreadableConsent(event);
  if (consentField !== undefined) issues.push(createRowIssue(consentField, 'consent-unreadable'));
  const user = getMembers(event.user);
  for (const field of hashFields) {
    const hash = user?.[field];
    if (typeof hash === 'string' && hash.trim() !== '' && !hashForm.test(hash.trim()))
      issues.push(createRowIssue(`user.${field}`, 'hash-malformed'));
  }
  if (issues.length > 0 || typeof time === 'string') return { issues };
  return { event: { ...event, time: new Date(time).toISOString() } };
}

/** Returns whether a member of an event states nothing. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

const choiceKeys: ReadonlySet<string> = new Set(['adStorage', 'adUserData', 'adPersonalization']);
const detailKeys: ReadonlySet<string> = new Set(['source', 'explicit', 'version']);

/** Finds a statement of consent that may be a denial, so that neither `--consent` nor the policy may decide in its place. */
function findUnreadableConsent(event: RowEvent): string | undefined {
  const { consent } = event;
  const members = getMembers(consent);
  if (!members && !isBlank(consent)) return 'consent';
  for (const [key, value] of Object.entries(members ?? {})) {
    const isRead = choiceKeys.has(key) ? /^\s*(?:granted|denied)\s*$/i.test(String(value)) : detailKeys.has(key);
    if (!isRead && !isBlank(value)) return choiceKeys.has(key) ? `consent.${key}` : 'consent';
  }
  const isElsewhere = Object.keys(event).some((key) => key !== 'consent' && /consent/i.test(key) && !isBlank(event[key]));
  return isElsewhere && isBlank(members?.adStorage) ? 'consent' : undefined;
}
