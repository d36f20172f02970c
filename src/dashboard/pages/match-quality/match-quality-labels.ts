import type { KeyView, MatchQualityView, MatchView } from '../../../api/client.ts';
import { formatPercent, pluralize } from '../../components/display/format.ts';

/** The subjects of keys that identify a person or a click. The others support them. */
export const identifyingSubjects: ReadonlySet<KeyView['subject']> = new Set(['click-id', 'email', 'phone']);
/** Reasons that need no action, or that the shop cannot change. */
const expectedReasons: ReadonlySet<string> = new Set(['consent', 'no-click', 'no-cookie', 'not-signed-in', 'somebody-else']);

/** A reason for a missing key that an action can remove. */
export interface Gain {
  readonly label: string;
  /** Whether the key alone identifies a person or a click. */
  readonly isIdentifying: boolean;
  readonly events: number;
  readonly remedy: string;
}

const isFixable = ({ reason, events }: KeyView['missing'][number]) => !expectedReasons.has(reason) && events > 0;

/** Returns the colour of a key's share. A low share is a warning only if an action can raise it. */
export function getShareColor({ events, missing }: Pick<KeyView, 'events' | 'missing'>, delivered: number): string {
  const share = events / delivered;
  if (share >= 0.75 || !missing.some(isFixable)) return 'jade';
  return share >= 0.4 ? 'yellow' : 'orange';
}

/** Returns the most frequent fixable reason for a missing key: of an identifying key, else of a supporting one. */
export function findLargestGain(keys: readonly KeyView[]): Gain | undefined {
  const gains = keys.flatMap(({ subject, label, missing }) =>
    missing
      .filter(isFixable)
      .map(({ events, remedy }): Gain => ({ label, isIdentifying: identifyingSubjects.has(subject), events, remedy })),
  );
  const [largest] = gains.toSorted((a, b) => Number(b.isIdentifying) - Number(a.isIdentifying) || b.events - a.events);
  return largest;
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
  if (!gain) return [first, 'Nothing to fix: every other event lacks its key for an expected reason.'];
  const kind = gain.isIdentifying ? 'Largest possible gain' : 'Largest possible gain, from a supporting key';
  const most = `${kind}: ${formatPercent(gain.events, delivered)} lack the key “${gain.label}” for the same reason.`;
  return [first, `${most} ${gain.remedy}`];
}

function joinList(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** Returns the event name to show first: purchases, because most other events carry few match keys. */
export function getDefaultEvent({ events }: Pick<MatchQualityView, 'events'>): string | undefined {
  return events.find(({ name }) => name === 'Purchase')?.name;
}
