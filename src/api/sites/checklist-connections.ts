import type { ConnectionEntry } from '../../sites/merge-sites.ts';
import type { ConnectionState } from '../../storage/store/connection-state.ts';
import type { StepView } from './schemas.ts';

/** A connection, and what was seen of it. */
export interface ObservedConnection {
  readonly entry: ConnectionEntry;
  /** Absent where it never ran. */
  readonly state?: ConnectionState;
  /** When the newest event that was delivered had come. */
  readonly deliveredAt?: number;
  /** When its last dead letter arose. */
  readonly lastDeadAt?: number;
}

type Step = Omit<StepView, 'id' | 'group' | 'title' | 'guide'>;

/** The steps that are told by the connections. */
export function connectionSteps(seen: readonly ObservedConnection[]): readonly StepView[] {
  return [
    {
      id: 'connection-made',
      group: 'connection',
      title: 'There is a connection',
      guide: 'guides/microsoft/configure-the-destination',
      ...made(seen),
    },
    {
      id: 'credential-accepted',
      group: 'connection',
      title: 'The platform accepts the credential',
      guide: 'guides/microsoft/enable-capi',
      ...accepted(seen),
    },
    {
      id: 'first-delivered',
      group: 'connection',
      title: 'An event was delivered',
      guide: 'guides/microsoft/troubleshooting',
      ...delivered(seen),
    },
    {
      id: 'nothing-stuck',
      group: 'connection',
      title: 'Nothing is paused, and no event was refused',
      guide: 'guides/microsoft/troubleshooting',
      ...notStuck(seen),
    },
  ];
}

function made(seen: readonly ObservedConnection[]): Step {
  const broken = seen.find(({ entry }) => entry.problem !== undefined);
  if (broken) return { state: 'problem', says: `${broken.entry.id}: ${broken.entry.problem}` };
  const enabled = seen.filter(({ entry }) => entry.enabled);
  if (enabled.length > 0) return { state: 'done', says: `Events go to ${enabled.map(({ entry }) => entry.id).join(', ')}.` };
  if (seen.length > 0) return { state: 'waiting', says: 'Every connection is disabled, so nothing is sent. Enable one.' };
  return {
    state: 'waiting',
    says: 'There is none, so nothing is sent. Make one, with the tag id and the token of the platform.',
  };
}

function accepted(seen: readonly ObservedConnection[]): Step {
  const blocked = seen.find(({ state }) => state?.pause?.cause === 'blocked');
  if (blocked?.state?.pause) {
    const { issue, since } = blocked.state.pause;
    return { state: 'problem', says: `${blocked.entry.id}: ${issue.message}`, at: since };
  }
  const at = lastDelivery(seen);
  if (at !== undefined || hasDelivered(seen)) return { state: 'done', says: 'Events were delivered with it.', ...when(at) };
  return { state: 'waiting', says: 'Nothing was sent yet. Try the connection: no event is sent for that.' };
}

function delivered(seen: readonly ObservedConnection[]): Step {
  const at = lastDelivery(seen);
  if (at !== undefined) return { state: 'done', says: 'The newest delivered event came then.', at };
  if (hasDelivered(seen)) return { state: 'done', says: 'Events were delivered, and none of the newest.' };
  return { state: 'waiting', says: 'None yet. Send a test event, or wait for the first of a shopper who agreed.' };
}

/** A 0 stands for an event that the platform took. */
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

function notStuck(seen: readonly ObservedConnection[]): Step {
  const paused = seen.find(({ state }) => state?.pause);
  if (paused?.state?.pause) {
    const { issue, since } = paused.state.pause;
    return { state: 'problem', says: `${paused.entry.id} is paused: ${issue.message}`, at: since };
  }
  const dead = seen.find(({ lastDeadAt }) => lastDeadAt !== undefined);
  if (dead?.lastDeadAt !== undefined) {
    return {
      state: 'problem',
      says: `${dead.entry.id} has events that could not be sent. Look at the dead letters for the reasons, and mend them at their source.`,
      at: dead.lastDeadAt,
    };
  }
  if (seen.some(({ state }) => state)) return { state: 'done', says: 'Everything flows.' };
  return { state: 'waiting', says: 'This shows once a connection runs.' };
}
