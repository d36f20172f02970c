import {
  type AttemptView,
  type GoneReason,
  isFromPage,
  isStoredWithoutPerson,
  type OutcomeView,
  type TimelineView,
} from '../../../api/client.ts';
import type { ReportSource } from '../../../event/event.ts';
import type { ClickIdKey, MatchKey } from '../../../event/match-keys.ts';

const clickIdLabels = {
  msclkid: 'Click ID (msclkid)',
  gclid: 'Click ID (gclid)',
  gbraid: 'Click ID (gbraid)',
  wbraid: 'Click ID (wbraid)',
  fbclid: 'Click ID (fbclid)',
  ttclid: 'Click ID (ttclid)',
  epik: 'Click ID (epik)',
  oppref: 'Click ID (oppref)',
} as const satisfies Record<ClickIdKey, string>;

export const matchKeyLabels = {
  ...clickIdLabels,
  email: 'E-mail',
  phone: 'Phone',
  'external-id': 'Customer ID',
  visitor: 'Visitor',
  address: 'IP address',
  agent: 'User agent',
} as const satisfies Record<MatchKey, string>;

export const sourceLabels = {
  browser: 'Browser',
  server: 'Server',
  webhook: 'Webhook',
} as const satisfies Record<ReportSource, string>;

/** The consent that applies to an event. */
export const consentLabels = { granted: 'Granted', denied: 'Denied', pending: 'Waiting' } as const;

/** Labels of badges that stand for several keys: the click ids, and values that only support the match keys. */
const groupLabels = { 'click-id': 'Click ID', name: 'Name', birth: 'Birth and gender', place: 'Postal address' } as const;

/** The match keys, and the values that support them, by the keys of an event. */
const matchKeys: Readonly<Record<string, MatchKey | keyof typeof groupLabels>> = {
  emailMicrosoft: 'email',
  emailPlain: 'email',
  emailGoogle: 'email',
  emailGiven: 'email',
  phoneE164: 'phone',
  phoneDigits: 'phone',
  phoneGiven: 'phone',
  externalId: 'external-id',
  _uetvid: 'visitor',
  anonymousId: 'visitor',
  ip: 'address',
  userAgent: 'agent',
  firstNameLetters: 'name',
  firstNamePlain: 'name',
  lastNameLetters: 'name',
  lastNamePlain: 'name',
  gender: 'birth',
  genderPinterest: 'birth',
  dateOfBirth: 'birth',
  street: 'place',
  city: 'place',
  state: 'place',
  provinceCode: 'place',
  zip: 'place',
  zipDigits: 'place',
};

const formLabels: Readonly<Record<string, string>> = {
  emailMicrosoft: "SHA-256 by Microsoft's rule",
  emailPlain: 'SHA-256 of the plain form',
  emailGoogle: "SHA-256 by Google's rule",
  emailGiven: 'SHA-256 as received',
  phoneE164: 'SHA-256 of + and digits',
  phoneDigits: 'SHA-256 of the digits',
  phoneGiven: 'SHA-256 as received',
  _uetvid: "the UET tag's visitor ID",
  anonymousId: "the shop's visitor ID",
};

export interface MatchKeyBadge {
  readonly key: string;
  readonly label: string;
  /** The forms in which the event carries the key. */
  readonly description: string;
}

/** Groups the keys of an event by match key, strongest first. Other keys follow. */
export function getMatchKeyBadges(keys: readonly string[]): readonly MatchKeyBadge[] {
  const names: readonly string[] = ['click-id', ...Object.keys(matchKeyLabels)];
  const labels: Readonly<Record<string, string>> = { ...matchKeyLabels, ...groupLabels };
  const byMatchKey = Map.groupBy(keys, (key) => {
    if (Object.hasOwn(clickIdLabels, key)) return 'click-id';
    return (Object.hasOwn(matchKeys, key) ? matchKeys[key] : undefined) ?? key;
  });
  const tags = [...byMatchKey].map(([key, forms]): MatchKeyBadge => {
    const label = Object.hasOwn(labels, key) ? (labels[key] ?? key) : key;
    const descriptions = forms.map((form) => (Object.hasOwn(formLabels, form) ? `${form}: ${formLabels[form]}` : form));
    return { key, label, description: descriptions.join('; ') };
  });
  const getRank = ({ key }: MatchKeyBadge) => (names.includes(key) ? names.indexOf(key) : names.length);
  return tags.filter(({ key }) => key !== 'country').toSorted((a, b) => getRank(a) - getRank(b));
}

const recalledKeys: Readonly<Record<string, string>> = {
  forms: 'E-mail or phone, hashed',
  externalId: 'Customer ID',
  anonymousId: "The shop's visitor ID",
  'browserIds._uetvid': "The UET tag's visitor ID",
  client: 'IP address and user agent',
};

/** Returns the label of data that was added from the visitor's profile: `clickIds.msclkid`, `forms`. */
export function getRecalledKeyLabel(key: string): string {
  if (Object.hasOwn(recalledKeys, key)) return recalledKeys[key] ?? key;
  if (key.startsWith('browserIds.')) return `Browser ID ${key.slice('browserIds.'.length)}`;
  return key.startsWith('clickIds.') ? `Click ID ${key.slice('clickIds.'.length)}` : key;
}

const recallSources: Readonly<Record<string, string>> = {
  visitor: 'earlier events of this visitor',
  checkout: 'another event of the same checkout',
  order: 'another event of the same order',
  'external-id': 'another event with the same customer ID',
  email: 'another event with the same e-mail address',
  phone: 'another event with the same phone number',
};

/** Returns the label of the identity link that led to the data: `visitor`, `order`. */
export function getRecallSourceLabel(from: string): string {
  return Object.hasOwn(recallSources, from) ? (recallSources[from] ?? from) : from;
}

type Report = NonNullable<TimelineView['event']>;

const pageViewTags = {
  ran: 'counted this page view',
  blocked: 'not loaded in time, so Convey reports this page view',
  none: 'did not count this page view',
} as const;

/**
 * Describes the states of the browser tags, with the destination ids of the tags that share a state. Webhooks have no tag, and a server
 * and a hook that is not signed state one for page views only. For other events the state follows from the site's settings, so only consent shows whether the tag got
 * their data.
 */
export function describeBrowserTags({
  name,
  reporter,
  via,
  consent: { effective },
  page: { browserTags = {} },
}: Pick<Report, 'name' | 'reporter' | 'via' | 'consent' | 'page'>): readonly (readonly [text: string, ids: readonly string[]])[] {
  const isView = name === 'PageView';
  if (reporter === 'webhook' || (!isView && !isFromPage({ reporter, via }))) return [];
  const describe = (state: keyof typeof pageViewTags): string | undefined => {
    if (effective === 'denied')
      return state === 'none' ? undefined : 'no consent, so not loaded, or without personal and order data';
    if (isView) return pageViewTags[state];
    if (state === 'ran') return 'the same name and ID is reported, which counts once';
    return state === 'blocked' ? 'not loaded' : undefined;
  };
  const described = Object.entries(browserTags).flatMap(([id, state]) => {
    const text = describe(state);
    return text === undefined ? [] : [{ id, text }];
  });
  return [...Map.groupBy(described, ({ text }) => text)].map(([text, alike]) => [text, alike.map(({ id }) => id)]);
}

const neverSentLabels = {
  'test-order': 'Test order',
  'offline-order': 'Order from outside the storefront',
  'record-only': 'Kept for the record',
} as const satisfies Record<NonNullable<Report['notSent']>, string>;

/** Returns what Convey did with the data of a report that no platform may receive as an event. */
function describeNeverSent(reason: NonNullable<Report['notSent']>, report: Pick<Report, 'notSent' | 'keys'>): string {
  // A renewal may turn out to be the first sale after a trial, which is an event of its own.
  if (reason === 'record-only' && !isStoredWithoutPerson(report)) return `${neverSentLabels[reason]}: the event is not sent.`;
  if (reason === 'record-only') return `${neverSentLabels[reason]}: personal data was not stored.`;
  const result = isStoredWithoutPerson(report)
    ? 'personal data was not stored, and the event is not sent'
    : 'it is sent only if a rule counts it apart';
  return `${neverSentLabels[reason]}: ${result}.`;
}

/** Returns how many fields of a report Convey removed or changed when it accepted the report. */
export function summarizeWarnings(report: Pick<Report, 'warnings' | 'notSent' | 'keys'>): string {
  const count = report.warnings.length;
  if (report.notSent !== undefined) return describeNeverSent(report.notSent, report);
  if (count === 0) return 'Convey kept all fields of the report.';
  return `Convey removed or changed ${count === 1 ? 'one field' : `${count} fields`} of the report.`;
}

/** Labels of events whose data was removed. The API has the sentences. */
export const goneLabels = {
  erased: 'Erased',
  'consent-denied': 'No consent in time',
  expired: 'No longer kept',
  damaged: 'Damaged',
} as const satisfies Record<GoneReason, string>;

type Outcome = OutcomeView['outcome'];

/** Returns whether the outcome may still change without an operator's action. */
export function isPendingOutcome(outcome: Outcome): boolean {
  return outcome === 'waiting' || outcome === 'undelivered' || outcome === 'awaiting-verdict';
}

const attemptResults = {
  delivered: 'Delivered',
  'awaiting-verdict': 'Received, verdict comes later',
  unverified: 'Received, no verdict came',
  peel: 'Rejected, other events sent again',
  split: 'Rejected, resent in halves',
  retry: 'Failed, will be retried',
  blocked: 'Access refused',
  unknown: 'No response',
  replaced: 'Replaced by another request',
  unanswered: 'In progress',
} as const;

/** Returns the label of an attempt's result. A request with one event leaves no other event to send again. */
export function getAttemptResultLabel(
  { result, events, status }: Pick<AttemptView, 'result' | 'events' | 'status'>,
  isLast: boolean,
): string {
  if (result === 'unknown' && status !== undefined) return 'Not confirmed, will be sent again';
  if (events > 1 || (result !== 'peel' && result !== 'split')) return attemptResults[result];
  return isLast ? 'Rejected' : 'Rejected, tried again';
}
