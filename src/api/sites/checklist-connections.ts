import type { RegisteredDestination } from '../../destinations/kit/destination.ts';
import type { ConnectionEntry } from '../../sites/merge-sites.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import type { StepView } from './schemas.ts';

/** A connection with its observed state. */
export interface ObservedConnection {
  readonly entry: ConnectionEntry;
  /** Absent if the connection never ran. */
  readonly state?: ConnectionState;
  /** When the newest delivered event was received. */
  readonly deliveredAt?: number;
  /** When the last dead letter was created. */
  readonly lastDeadAt?: number;
}

type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** Returns the steps of the connections. */
export function connectionSteps(
  seen: readonly ObservedConnection[],
  platforms: readonly RegisteredDestination[],
): readonly StepView[] {
  const guidesOf = (one?: ObservedConnection) =>
    (platforms.find(({ id }) => id === one?.entry.destination) ?? platforms[0])?.setup?.guides;
  const link = (guide: string | undefined) => (guide === undefined ? {} : { guide });
  const broken = seen.find(({ entry }) => entry.problem !== undefined);
  const blocked = seen.find(({ state }) => state?.pause);
  const dead = seen.find(({ lastDeadAt }) => lastDeadAt !== undefined);
  return [
    {
      id: 'connection-made',
      group: 'connection',
      title: 'Connection created',
      ...link(guidesOf(broken ?? seen[0])?.settings),
      ...checkConnection(seen),
    },
    {
      id: 'credential-accepted',
      group: 'connection',
      title: 'Credential accepted',
      ...link(guidesOf(blocked ?? seen[0])?.credential),
      ...checkCredential(seen),
    },
    {
      id: 'first-delivered',
      group: 'connection',
      title: 'First event delivered',
      ...link(guidesOf(seen[0])?.troubleshooting),
      ...checkDelivery(seen),
    },
    {
      id: 'nothing-stuck',
      group: 'connection',
      title: 'No paused connection and no dead letter',
      ...link(guidesOf(blocked ?? dead ?? seen[0])?.troubleshooting),
      ...checkProblems(seen),
    },
  ];
}

function checkConnection(seen: readonly ObservedConnection[]): Step {
  const broken = seen.find(({ entry }) => entry.problem !== undefined);
  if (broken) return { state: 'problem', says: `${broken.entry.id}: ${broken.entry.problem}` };
  const enabled = seen.filter(({ entry }) => entry.enabled);
  if (enabled.length > 0)
    return { state: 'done', says: `Events are sent to ${enabled.map(({ entry }) => entry.id).join(', ')}.` };
  if (seen.length > 0) return { state: 'waiting', says: 'All connections are disabled, so no event is sent. Enable one.' };
  return {
    state: 'waiting',
    says: 'No event is sent without a connection. Create one with the credential of the platform.',
  };
}

function checkCredential(seen: readonly ObservedConnection[]): Step {
  const blocked = seen.find(({ state }) => state?.pause?.cause === 'blocked');
  if (blocked?.state?.pause) {
    const { issue, since } = blocked.state.pause;
    return { state: 'problem', says: `${blocked.entry.id}: ${issue.message}`, at: since };
  }
  const at = lastDelivery(seen);
  if (at !== undefined || hasDelivered(seen))
    return { state: 'done', says: 'Events were delivered with the credential.', ...when(at) };
  return { state: 'waiting', says: 'No event was sent yet. Test the connection. The test sends no event.' };
}

function checkDelivery(seen: readonly ObservedConnection[]): Step {
  const at = lastDelivery(seen);
  if (at !== undefined) return { state: 'done', says: 'The newest delivered event was received at this time.', at };
  if (hasDelivered(seen)) return { state: 'done', says: 'Events were delivered, but none of the newest.' };
  return {
    state: 'waiting',
    says: 'No event was delivered yet. Send a test event, or wait for an event of a shopper who gave consent.',
  };
}

/** Returns whether a platform accepted an event: `0` in `verdicts`. */
function hasDelivered(seen: readonly ObservedConnection[]): boolean {
  return seen.some(({ state }) => state?.verdicts.includes('0'));
}

function when(at: number | undefined): { readonly at?: number } {
  return at === undefined ? {} : { at };
}

function lastDelivery(seen: readonly ObservedConnection[]): number | undefined {
  const times = seen.flatMap(({ deliveredAt }) => deliveredAt ?? []);
  return times.length > 0 ? Math.max(...times) : undefined;
}

function checkProblems(seen: readonly ObservedConnection[]): Step {
  const paused = seen.find(({ state }) => state?.pause);
  if (paused?.state?.pause) {
    const { issue, since } = paused.state.pause;
    return { state: 'problem', says: `${paused.entry.id} is paused: ${issue.message}`, at: since };
  }
  const dead = seen.find(({ lastDeadAt }) => lastDeadAt !== undefined);
  if (dead?.lastDeadAt !== undefined) {
    return {
      state: 'problem',
      says: `${dead.entry.id} has dead letters. Check their reasons and fix the causes at the source.`,
      at: dead.lastDeadAt,
    };
  }
  if (seen.some(({ state }) => state)) return { state: 'done', says: 'No problems.' };
  return { state: 'waiting', says: 'No connection has run yet.' };
}
