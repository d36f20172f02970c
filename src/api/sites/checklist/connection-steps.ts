import type { RegisteredDestination } from '../../../destinations/kit/destination.ts';
import { formatCount } from '../../../event/format-numbers.ts';
import type { ConnectionEntry } from '../../../sites/merge-sites.ts';
import type { ConnectionState } from '../../../storage/ports/connection-state.ts';
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
  // A step proves the guide of the platform that it is about, which may not be that of the first connection.
  const proof = (guide: string | undefined) => (guide === undefined ? {} : { guide, provesGuide: true });
  const real = seen.filter((one) => !isSimulator(one));
  const used = real.find(({ entry }) => entry.enabled) ?? seen[0];
  const accepted = real.find((one) => one.deliveredAt !== undefined || hasDelivered([one])) ?? seen[0];
  const broken = seen.find(({ entry }) => entry.problem !== undefined);
  const blocked = seen.find(({ state }) => state?.pause);
  const dead = seen.find(({ lastDeadAt }) => lastDeadAt !== undefined);
  const getLabel = createLabels(seen, platforms);
  return [
    {
      id: 'connection-made',
      group: 'connection',
      title: 'Connection added',
      ...proof(guidesOf(broken ?? used)?.settings),
      ...checkConnection(seen, getLabel),
    },
    {
      id: 'credential-accepted',
      group: 'connection',
      title: 'Credential accepted',
      ...proof(guidesOf(blocked ?? accepted)?.credential),
      ...checkCredential(seen, getLabel),
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
      title: 'Delivery problems',
      ...link(guidesOf(blocked ?? dead ?? seen[0])?.troubleshooting),
      ...checkProblems(seen, getLabel),
    },
  ];
}

type LabelResolver = (one: ObservedConnection) => string;

/**
 * Creates a function that returns the name of the platform or its simulator, with the connection's id if the site has several connections
 * of the platform.
 */
function createLabels(seen: readonly ObservedConnection[], platforms: readonly RegisteredDestination[]): LabelResolver {
  return ({ entry: { id, destination, isSimulated } }) => {
    const name = platforms.find((one) => one.id === destination)?.name ?? destination;
    if (isSimulated) return `${name} (simulator)`;
    const isOnly = seen.filter(({ entry }) => entry.destination === destination && !entry.isSimulated).length === 1;
    return isOnly || id === destination ? name : `${name} (${id})`;
  };
}

function checkConnection(seen: readonly ObservedConnection[], getLabel: LabelResolver): Step {
  const broken = seen.find(({ entry }) => entry.problem !== undefined);
  if (broken) return { state: 'problem', says: `${getLabel(broken)}: ${broken.entry.problem}` };
  const enabled = seen.filter(({ entry }) => entry.enabled);
  if (enabled.length > 0 && enabled.every(isSimulator))
    return {
      state: 'waiting',
      says: 'Only a simulator receives events, so no ad platform counts them. Add a connection with the credential of your ad account.',
    };
  if (enabled.length > 0) return { state: 'done', says: `Events are sent to ${enabled.map(getLabel).join(', ')}.` };
  if (seen.length > 0) return { state: 'waiting', says: 'All connections are disabled, so no event is sent. Enable one.' };
  return {
    state: 'waiting',
    says: 'Events are stored, but sent nowhere. Add a connection with the credential of its ad account.',
  };
}

function checkCredential(seen: readonly ObservedConnection[], getLabel: LabelResolver): Step {
  const blocked = seen.find(({ state }) => state?.pause?.cause === 'blocked');
  if (blocked?.state?.pause) {
    const { issue, since } = blocked.state.pause;
    return { state: 'problem', says: `${getLabel(blocked)}: ${issue.message}`, at: since };
  }
  const real = seen.filter((one) => !isSimulator(one));
  const at = lastDelivery(real);
  const isProven = real.some(({ state }) => state?.provenAt !== undefined && state.provenAt >= state.settingsChangedAt);
  if (at !== undefined || hasDelivered(real) || isProven)
    return { state: 'done', says: 'The platform accepted the credential.', ...when(at) };
  if (seen.length > 0 && real.length === 0)
    return { state: 'waiting', says: 'No credential was used yet, because a simulator needs none.' };
  return { state: 'waiting', says: 'Not used yet. Test the connection on its page. The test sends no event.' };
}

function checkDelivery(seen: readonly ObservedConnection[]): Step {
  const at = lastDelivery(seen);
  if (at !== undefined) {
    const says = seen.every(isSimulator) ? 'Events are delivered to the simulator.' : 'Events are delivered.';
    return { state: 'done', says, at };
  }
  if (hasDelivered(seen)) return { state: 'done', says: 'Events were delivered earlier, but none of the newest.' };
  return {
    state: 'waiting',
    says: 'No event was delivered yet. Send a test event, or wait for an event with consent.',
  };
}

/** Returns whether the connection sends to a simulator that Convey started, which proves nothing about the platform. */
function isSimulator({ entry }: ObservedConnection): boolean {
  return entry.isSimulated === true;
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

function checkProblems(seen: readonly ObservedConnection[], getLabel: LabelResolver): Step {
  const troubled = new Set([isPaused, isFailing, hasDeadLetters].flatMap((isTroubled) => seen.filter(isTroubled)));
  const [worst] = troubled;
  if (worst) {
    const more = troubled.size - 1;
    const { says, at } = describeProblem(worst, getLabel(worst));
    return {
      state: 'problem',
      says: more === 0 ? says : `${says} ${formatCount(more, 'more connection')} ${more === 1 ? 'has' : 'have'} a problem.`,
      ...when(at),
    };
  }
  if (lastDelivery(seen) !== undefined || hasDelivered(seen))
    return { state: 'done', says: 'None. No connection is paused, fails or has failed events.' };
  return { state: 'waiting', says: 'No connection has delivered an event yet.' };
}

const isPaused = ({ state }: ObservedConnection): boolean => Boolean(state?.pause);
const isFailing = ({ state }: ObservedConnection): boolean => state !== undefined && state.breaker.failedProbes !== null;
const hasDeadLetters = ({ lastDeadAt }: ObservedConnection): boolean => lastDeadAt !== undefined;

function describeProblem(
  { state, lastDeadAt }: ObservedConnection,
  label: string,
): { readonly says: string; readonly at: number | undefined } {
  if (state?.pause) return { says: `${label} is paused: ${state.pause.issue.message}`, at: state.pause.since };
  if (state && state.breaker.failedProbes !== null) {
    const failed = formatCount(state.breaker.failures, 'request');
    return { says: `${label}: ${failed} in a row failed. Open the connection to see the answer of the platform.`, at: undefined };
  }
  return { says: `${label} has failed events. Open the connection, fix the cause of each, and retry them.`, at: lastDeadAt };
}
