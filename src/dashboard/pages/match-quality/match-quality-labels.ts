import type { KeyView, MatchQualityView, MatchView } from '../../../api/client.ts';
import type { MatchKey } from '../../../event/match-keys.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

interface MatchKeyText {
  readonly name: string;
  /** The name with its article. */
  readonly a: string;
  readonly description: string;
}

/** Names and descriptions of the match keys, in the API's order: most useful first. */
export const matchKeyTexts: Readonly<Record<MatchKey, MatchKeyText>> = {
  msclkid: { name: 'Click ID', a: 'a click ID', description: 'Identifies the ad click. The most reliable key.' },
  email: {
    name: 'E-mail',
    a: 'an e-mail address',
    description: 'Identifies a person who is signed in at the platform, on any device.',
  },
  phone: { name: 'Phone', a: 'a phone number', description: 'Identifies a person who gave the platform this number.' },
  visitor: { name: 'Visitor', a: 'a visitor ID', description: 'Connects the events of one browser.' },
  'external-id': { name: 'Customer ID', a: 'a customer ID', description: 'Connects the events of one customer across browsers.' },
  address: { name: 'IP address', a: 'an IP address', description: 'Supports the other keys. Not sufficient alone.' },
  agent: { name: 'User agent', a: 'a user agent', description: 'Supports the other keys. Not sufficient alone.' },
};

/** The keys that identify a person or a click. The others support them. */
const identifyingKeys: readonly MatchKey[] = ['msclkid', 'email', 'phone'];
/** Reasons that need no action. */
const expectedReasons: ReadonlySet<string> = new Set(['consent', 'no-click', 'somebody-else']);

interface Gain {
  readonly key: MatchKey;
  readonly events: number;
  readonly remedy: string;
}

/** Returns the most frequent fixable reason for a missing identifying key. */
export function findLargestGain(keys: readonly KeyView[]): Gain | undefined {
  const gains = keys
    .filter(({ key }) => identifyingKeys.includes(key))
    .flatMap(({ key, missing }) =>
      missing
        .filter(({ reason, events }) => !expectedReasons.has(reason) && events > 0)
        .map(({ events, remedy }): Gain => ({ key, events, remedy })),
    );
  return gains.reduce<Gain | undefined>((best, one) => (best && best.events >= one.events ? best : one), undefined);
}

/** Summarizes the figures and the next step. */
export function summarizeMatchQuality({ delivered, keys }: MatchView, name: string | undefined): readonly string[] {
  if (delivered === 0) return ['No events were delivered in this period.'];
  const events = pluralize(delivered, name === undefined ? 'delivered event' : `delivered ${name} event`);
  const shares = keys
    .filter(({ key }) => identifyingKeys.includes(key))
    .map(({ key, events }) => `${formatPercent(events, delivered)} with ${matchKeyTexts[key].a}`);
  const first = `${events}: ${joinList(shares)}.`;
  const gain = findLargestGain(keys);
  if (!gain) return [first, 'There is nothing you can fix to match more events.'];
  const most = `Largest possible gain: ${formatPercent(gain.events, delivered)} lack ${matchKeyTexts[gain.key].a} for the same reason.`;
  return [first, `${most} ${gain.remedy}`];
}

function joinList(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Returns the event name to show first: purchases, because most other events carry few match keys. */
export function getDefaultEvent({ events }: Pick<MatchQualityView, 'events'>): string | undefined {
  return events.find(({ name }) => name === 'Purchase')?.name;
}

/** Returns the first of a number of days up to today, in UTC. */
export function getFirstDay(days: number, now: number): string {
  return new Date(now - (days - 1) * 86_400_000).toISOString().slice(0, 10);
}
