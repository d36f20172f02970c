import type { KeyView, MatchQualityView, MatchView } from '../../../api/client.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

/** The subjects of keys that identify a person or a click. The others support them. */
const identifyingSubjects: ReadonlySet<KeyView['subject']> = new Set(['click-id', 'email', 'phone']);
/** Reasons that need no action. */
const expectedReasons: ReadonlySet<string> = new Set(['consent', 'no-click', 'somebody-else']);

interface Gain {
  readonly label: string;
  readonly events: number;
  readonly remedy: string;
}

/** Returns the most frequent fixable reason for a missing identifying key. */
export function findLargestGain(keys: readonly KeyView[]): Gain | undefined {
  const gains = keys
    .filter(({ subject }) => identifyingSubjects.has(subject))
    .flatMap(({ label, missing }) =>
      missing
        .filter(({ reason, events }) => !expectedReasons.has(reason) && events > 0)
        .map(({ events, remedy }): Gain => ({ label, events, remedy })),
    );
  return gains.reduce<Gain | undefined>((best, one) => (best && best.events >= one.events ? best : one), undefined);
}

/** Summarizes the figures and the next step. */
export function summarizeMatchQuality({ delivered, keys }: MatchView, name: string | undefined): readonly string[] {
  if (delivered === 0) return ['No events were delivered in this period.'];
  const events = pluralize(delivered, name === undefined ? 'delivered event' : `delivered ${name} event`);
  const shares = keys
    .filter(({ subject }) => identifyingSubjects.has(subject))
    .map(({ label, events }) => `${label} ${formatPercent(events, delivered)}`);
  const first = `${events}: ${joinList(shares)}.`;
  const gain = findLargestGain(keys);
  if (!gain) return [first, 'There is nothing you can fix to match more events.'];
  const most = `Largest possible gain: ${formatPercent(gain.events, delivered)} lack the key “${gain.label}” for the same reason.`;
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
