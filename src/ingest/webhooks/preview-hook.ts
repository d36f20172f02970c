import type { CountryLookup } from '../../event/country-source.ts';
import type { Event } from '../../event/event.ts';
import type { Hook } from '../../event/hook.ts';
import type { Issue } from '../../event/issue.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { isObject } from '../../net/parse-json.ts';
import { acceptHookEvent, mapHookBody } from './mapped-hook.ts';

/** The event that a request of a hook makes. Values of a person are only named. */
interface HookPreview {
  readonly state: 'accepted' | 'ignored' | 'rejected';
  readonly entry?: number;
  readonly fields: readonly PreviewedField[];
  readonly issues: readonly Issue[];
}

interface PreviewedField {
  readonly field: string;
  readonly value: string;
  readonly isPersonal: boolean;
}

/** Accepts a request as the route of hooks does, and stores nothing. */
export function previewHook(
  site: Site,
  hook: Hook,
  body: Readonly<Record<string, unknown>>,
  now: UnixMs,
  newId: () => string,
  lookUpCountry?: CountryLookup,
): HookPreview {
  const mapped = mapHookBody(site, hook, body);
  if (!mapped) return { state: 'ignored', fields: [], issues: [] };
  const { submission, issues: unread, entry } = mapped;
  const accepted = acceptHookEvent({ submission, lookUpCountry }, hook, site, now, newId);
  const found = 'rejection' in accepted ? accepted.rejection.issues : accepted.event.warnings;
  const issues = [...unread, ...found.filter(({ field }) => unread.every((one) => one.field !== field))];
  if ('rejection' in accepted) return { state: 'rejected', entry, fields: [], issues };
  return { state: 'accepted', entry, fields: listFields(accepted.event, submission.user), issues };
}

function listFields(event: Event, user: unknown): readonly PreviewedField[] {
  const { name, id, time, consent, identity, page, commerce, goal, properties, warnings } = event;
  const { items, ...order } = commerce;
  const shown = { name, id, time: new Date(time).toISOString(), 'consent.adStorage': consent.effective };
  const { browserTags: _, ...address } = page;
  const open = { page: address, commerce: order, goal, properties };
  return [
    ...Object.entries(shown).map(([field, value]) => ({ field, value, isPersonal: false })),
    ...listPersonFields(user, consent.effective === 'denied').filter(({ field }) =>
      warnings.every((warning) => warning.field !== field),
    ),
    ...Object.keys(identity.clickIds).map((click) => ({ field: `clickIds.${click}`, value: 'Click id', isPersonal: true })),
    ...Object.entries(open).flatMap(([parent, members]) => listLeaves(members, parent)),
    ...(items && items.length > 0 ? [{ field: 'commerce.items', value: describeItems(items.length), isPersonal: false }] : []),
  ];
}

function describeItems(count: number): string {
  return count === 1 ? '1 item' : `${count} items`;
}

/** Returns a row for each scalar below a member. */
function listLeaves(value: unknown, field: string): readonly PreviewedField[] {
  if (isObject(value)) return Object.entries(value).flatMap(([name, member]) => listLeaves(member, `${field}.${name}`));
  if (value === undefined) return [];
  return [{ field, value: Array.isArray(value) ? value.join(', ') : String(value), isPersonal: false }];
}

const personTexts: Readonly<Record<string, string>> = {
  anonymousId: 'Id of the visitor',
  country: 'Country of the shopper',
  ip: 'Address of the shopper',
  userAgent: 'Browser of the shopper',
};

function listPersonFields(user: unknown, isDenied: boolean): readonly PreviewedField[] {
  if (!isObject(user)) return [];
  const names = Object.entries(user).flatMap(([name, value]) =>
    isObject(value) ? Object.keys(value).map((part) => `${name}.${part}`) : [name],
  );
  return names.map((name) => ({
    field: `user.${name}`,
    value: isDenied ? 'Not stored, because consent is denied' : (personTexts[name] ?? 'Hashed before it is stored'),
    isPersonal: true,
  }));
}
