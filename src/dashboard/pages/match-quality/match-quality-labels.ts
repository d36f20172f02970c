import type { KeyView, MatchQualityView, MatchView } from '../../../api/client.ts';
import type { MatchKey } from '../../../event/match-keys.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

/** What people call a key, and what it is worth. In the order of worth, as the answer has them. */
export const matchKeyTexts: Readonly<Record<MatchKey, { readonly name: string; readonly a: string; readonly says: string }>> = {
  msclkid: { name: 'Click ID', a: 'a click ID', says: 'Names the ad click itself. The surest key.' },
  email: { name: 'E-mail', a: 'an e-mail address', says: 'Finds a person who is signed in at the platform, on any device.' },
  phone: { name: 'Phone', a: 'a phone number', says: 'The same, for those who gave a number.' },
  visitor: { name: 'Visitor', a: 'a visitor', says: 'Joins the events of one browser with each other.' },
  'external-id': { name: 'Customer ID', a: 'a customer ID', says: 'Joins the events of one customer over browsers.' },
  address: { name: 'Address', a: 'an IP address', says: 'Supports the other keys; is none by itself.' },
  agent: { name: 'User agent', a: 'a user agent', says: 'Supports the other keys; is none by itself.' },
};

/** The keys that find a person or a click; the others support them. */
const identifyingKeys: readonly MatchKey[] = ['msclkid', 'email', 'phone'];
/** Reasons that are in order as they are. */
const expectedReasons: ReadonlySet<string> = new Set(['consent', 'no-click', 'somebody-else']);

interface Gain {
  readonly key: MatchKey;
  readonly events: number;
  readonly remedy: string;
}

/** What would bring the most: the most frequent reason that somebody can mend, of a key that finds. */
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

/** What the figures come to, and what to do next. */
export function summarizeMatchQuality({ delivered, keys }: MatchView, name: string | undefined): readonly string[] {
  if (delivered === 0) return ['No event was delivered in these days, so there is nothing to match yet.'];
  const what = name === undefined ? pluralize(delivered, 'event') : `${pluralize(delivered, `${name} event`)}`;
  const shares = keys
    .filter(({ key }) => identifyingKeys.includes(key))
    .map(({ key, events }) => `${formatPercent(events, delivered)} had ${matchKeyTexts[key].a}`);
  const first = `Of ${what} that ${delivered === 1 ? 'was' : 'were'} delivered, ${joinList(shares)}.`;
  const gain = findLargestGain(keys);
  if (!gain) return [first, 'Nothing that you could mend keeps the others from being matched.'];
  const most = `Most is to be gained by ${matchKeyTexts[gain.key].a}, which ${formatPercent(gain.events, delivered)} lack for one reason:`;
  return [first, `${most} ${gain.remedy.charAt(0).toLowerCase()}${gain.remedy.slice(1)}`];
}

function joinList(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** The event to begin with: of those who only look around hardly anybody says who they are. */
export function getDefaultEvent({ events }: Pick<MatchQualityView, 'events'>): string | undefined {
  return events.find(({ name }) => name === 'Purchase')?.name;
}

/** The first day of so many days up to today, in UTC. */
export function getFirstDay(days: number, now: number): string {
  return new Date(now - (days - 1) * 86_400_000).toISOString().slice(0, 10);
}
