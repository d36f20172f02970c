import type { OutcomeView } from '../../../api/client.ts';
import type { Reporter } from '../../../event/event.ts';
import type { StandardEventName } from '../../../event/event-names.ts';
import type { MatchKey } from '../../../event/match-keys.ts';

/** What the debugger calls things. */

export const matchKeyLabels = {
  msclkid: 'Click ID',
  email: 'E-mail',
  phone: 'Phone',
  'external-id': 'Customer ID',
  visitor: 'Visitor',
  address: 'Address',
  agent: 'Agent',
} as const satisfies Record<MatchKey, string>;

export const sourceLabels = {
  browser: 'Browser',
  server: 'Server',
  webhook: 'Webhook',
} as const satisfies Record<Reporter, string>;

/** Names that are offered; others can be typed. */
export const standardEventNames = Object.keys({
  PageView: true,
  ViewContent: true,
  AddToCart: true,
  InitiateCheckout: true,
  Purchase: true,
  Lead: true,
  Search: true,
  SignUp: true,
} satisfies Record<StandardEventName, true>);

/** Keys of an event by the match key that they are. */
const matchKeys: Readonly<Record<string, MatchKey>> = {
  msclkid: 'msclkid',
  emailMicrosoft: 'email',
  emailPlain: 'email',
  emailGiven: 'email',
  phoneE164: 'phone',
  phoneDigits: 'phone',
  phoneGiven: 'phone',
  externalId: 'external-id',
  uetVid: 'visitor',
  anonymousId: 'visitor',
  ip: 'address',
  userAgent: 'agent',
};

const formLabels: Readonly<Record<string, string>> = {
  emailMicrosoft: "SHA-256 by Microsoft's rule",
  emailPlain: 'SHA-256 of the plain form',
  emailGiven: 'SHA-256 as it was sent',
  phoneE164: 'SHA-256 of + and digits',
  phoneDigits: 'SHA-256 of the digits',
  phoneGiven: 'SHA-256 as it was sent',
  uetVid: "the UET tag's visitor",
  anonymousId: "the shop's visitor",
};

export interface MatchKeyBadge {
  readonly key: string;
  readonly label: string;
  /** Which forms of it there are. */
  readonly description: string;
}

/** The keys of an event as what they are to a platform, each once, the strongest first; then those that only others take. */
export function getMatchKeyBadges(keys: readonly string[]): readonly MatchKeyBadge[] {
  const names: readonly string[] = Object.keys(matchKeyLabels);
  const labels: Readonly<Record<string, string>> = matchKeyLabels;
  const byMatchKey = Map.groupBy(keys, (key) => (Object.hasOwn(matchKeys, key) ? matchKeys[key] : undefined) ?? key);
  const tags = [...byMatchKey].map(([key, forms]): MatchKeyBadge => {
    const label = Object.hasOwn(labels, key) ? (labels[key] ?? key) : key;
    const told = forms.map((form) => (Object.hasOwn(formLabels, form) ? `${form}: ${formLabels[form]}` : form));
    return { key, label, description: told.join('; ') };
  });
  const place = ({ key }: MatchKeyBadge) => (names.includes(key) ? names.indexOf(key) : names.length);
  return tags.filter(({ key }) => key !== 'country').toSorted((a, b) => place(a) - place(b));
}

const recalledKeys: Readonly<Record<string, string>> = {
  forms: 'E-mail or phone, as hashes',
  externalId: 'Customer ID',
  anonymousId: "The shop's visitor",
  uetVid: "The UET tag's visitor",
  client: 'Address and agent',
  'clickIds.msclkid': 'Microsoft click ID',
};

/** What was added to an event: `clickIds.msclkid`, `forms`. */
export function getRecalledKeyLabel(key: string): string {
  if (Object.hasOwn(recalledKeys, key)) return recalledKeys[key] ?? key;
  return key.startsWith('clickIds.') ? `Click ID ${key.slice('clickIds.'.length)}` : key;
}

const recallSources: Readonly<Record<string, string>> = {
  visitor: 'what this visitor told before',
  checkout: 'who told the same checkout',
  order: 'who told the same order',
  'external-id': 'who told the same customer id',
  email: 'who told the same e-mail address',
  phone: 'who told the same phone number',
};

/** What it was found by: `visitor`, `order`. */
export function getRecallSourceLabel(from: string): string {
  return Object.hasOwn(recallSources, from) ? (recallSources[from] ?? from) : from;
}

type Outcome = OutcomeView['outcome'];

/** Whether more may still become of it without anybody's doing. */
export function isPendingOutcome(outcome: Outcome): boolean {
  return outcome === 'waiting' || outcome === 'undelivered';
}

const attemptResults = {
  delivered: 'Delivered',
  peel: 'Refused; it goes again without the events that were named',
  split: 'Refused; it goes again in halves',
  retry: 'Did not work; it goes again',
  blocked: 'The connection was refused',
  unknown: 'No answer came',
  replaced: 'Another request took its place',
  unanswered: 'Under way',
} as const;

/** What came of an attempt. */
export function getAttemptResultLabel(result: keyof typeof attemptResults): string {
  return attemptResults[result];
}
