import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { DestinationNoun } from '../../destinations/kit/destination.ts';
import { formatCount } from '../../event/format-numbers.ts';
import { countRejections, maxRejections } from '../../event/recent-verdicts.ts';
import { dayMs, formatUtc, minuteMs, type UnixMs } from '../../event/units.ts';
import type { ConnectionTrouble } from '../../issues/facts/facts.ts';
import type { ConnectionState, Crash } from '../../storage/ports/connection-state.ts';
import { describeFailure, describeFailures, describePause, describePauseCause, unknownForm } from './describe-trouble.ts';
import type { ConnectionView, Health } from './schemas.ts';

interface ConnectionHealthInput {
  readonly enabled: boolean;
  readonly state: ConnectionState | undefined;
  /** The present name of the account that paused the connection. Absent if it was removed. */
  readonly operator?: string | undefined;
  /** The crash that keeps the connection from delivering. */
  readonly crash?: Crash | undefined;
  /** The events that wait for the connection, counted by `createBacklogReader`. */
  readonly waiting: number;
  /** The events of the connection by outcome. */
  readonly counts: Pick<ConnectionView['counts'], 'delivered' | 'awaiting-verdict' | 'unverified'>;
  /** When the oldest unsent event becomes too old. Absent if that is not soon. */
  readonly losesAt?: UnixMs | undefined;
  /** The same, however far away. Absent if no event waits. */
  readonly keptUntil?: UnixMs | undefined;
  /** Whether the clock may be days ahead, so that no event expires by it. Default: false. */
  readonly isClockSuspect?: boolean;
  /** Since when no gateway with the role `deliver` runs. */
  readonly undeliveredSince?: UnixMs | undefined;
  /** The word for the other side. Default: `platform`. */
  readonly noun?: DestinationNoun;
  /** The platform's age limit. Default: none. */
  readonly maxAgeMs?: number;
}

interface HealthDescription {
  readonly health: Health;
  readonly says: string;
  /** The trouble in a few words. Absent if there is none, or only that events become too old. */
  readonly trouble?: ConnectionTrouble;
}

/** Returns a connection's health with a description. It claims a delivery only if the platform confirmed one. */
export function describeConnectionHealth(facts: ConnectionHealthInput, now: UnixMs): HealthDescription {
  const { enabled, state, crash, losesAt, isClockSuspect = false, undeliveredSince, noun = 'platform' } = facts;
  if (!enabled) return { health: 'disabled', says: joinSentences([disabled, describeKeeping(facts, now)]) };
  const missing = undeliveredSince === undefined ? undefined : describeMissingDelivery(undeliveredSince);
  const description = missing ?? (crash ? describeCrash(crash) : state && getHealth(state, now, facts));
  if (!description) return { health: 'unconfirmed', says: 'Starting.' };
  const { health, progress, says, isStopped, more, remedy, ...named } = {
    progress: '',
    isStopped: false,
    more: '',
    ...description,
  };
  if (losesAt === undefined) {
    const keeps = isStopped ? describeKeeping(facts, now) : '';
    return { health, says: joinSentences([progress, says, keeps, more]), ...named };
  }
  if (isClockSuspect && losesAt < now)
    return { health: degrade(health), says: joinSentences([describeSeeminglyLost(noun), says]), ...named };
  const loses = `The oldest waiting events become too old for the ${noun} ${losesAt <= now ? 'now' : `on ${formatUtc(losesAt)} UTC`} and are then lost to it.`;
  return {
    health: degrade(health),
    says: joinSentences([loses, says, remedy]),
    ...named,
  };
}

function describeSeeminglyLost(noun: DestinationNoun): string {
  return `The oldest waiting events seem too old for the ${noun}, but the clock may be wrong. It is over two days ahead of the last removal of old data, so the events wait. Check this machine's clock. If it is right, Convey trusts it within about a day, and the events then fail as expired.`;
}

const disabled = 'Disabled. Events wait until you enable the connection.';

/** Returns the sentence about the events that wait while nothing is sent. Its time is that of the connection's issue. */
function describeKeeping({ keptUntil, noun = 'platform' }: ConnectionHealthInput, now: UnixMs): string {
  if (keptUntil === undefined) return `An event waits until it is too old for the ${noun}.`;
  return keptUntil <= now
    ? `The oldest waiting events are too old for the ${noun}.`
    : `No event is lost before ${formatUtc(keptUntil)} UTC, when the oldest becomes too old for the ${noun}.`;
}

function degrade(health: Health): Health {
  return health === 'healthy' || health === 'unconfirmed' ? 'degraded' : health;
}

function joinSentences(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** Describes a cluster in which no gateway delivers. It comes before the state of the connection, which only such a gateway changes. */
function describeMissingDelivery(since: UnixMs) {
  return {
    health: 'unhealthy',
    trouble: { now: 'gets no events', since: 'has received no events', from: since },
    says: describeNoDelivery(since),
    isStopped: true,
    remedy: 'Start such a gateway before then.',
  } as const;
}

/** Returns the sentences about a cluster in which no gateway delivers. */
export function describeNoDelivery(since: UnixMs): string {
  return `No gateway with the role \`deliver\` runs, since ${formatUtc(since)} UTC or earlier. Events wait. Start a gateway with \`deliver\` in \`roles\`, or see why it stopped in its log.`;
}

/** Adds the purchases that were not delivered to the description of a healthy connection, which would sound as if all were. */
export function mentionDeadPurchases(description: HealthDescription, deadPurchases: number): HealthDescription {
  const { health, says } = description;
  if ((health !== 'healthy' && health !== 'unconfirmed') || deadPurchases === 0) return description;
  return { health, says: `${says} ${formatCount(deadPurchases, 'purchase')} could not be delivered: see the failed events.` };
}

/** Returns the sentences about a connection that may not deliver as it should. Undefined if it has no problem. */
export function describeProblem({ health, says }: HealthDescription): string | undefined {
  return health === 'healthy' || health === 'unconfirmed' ? undefined : `The connection is ${health}. ${says}`;
}

function describeCrash({ error, since }: Crash) {
  return {
    health: 'unhealthy',
    trouble: { now: 'gets no events because of an error', since: 'has received no events because of an error', from: since },
    says: `Nothing is sent because of an error: ${error.replace(/[.\s]+$/, '')}. Convey tries again every 5 s.`,
    isStopped: true,
    more: 'Look for `consumer crashed` in the log.',
    remedy: 'Look for `consumer crashed` in the log.',
  } as const;
}

/**
 * Returns the health and its description. The sentence `progress` is true only if no event is about to become too old.
 */
function getHealth(state: ConnectionState, now: UnixMs, facts: ConnectionHealthInput) {
  const { maxAgeMs = Number.POSITIVE_INFINITY, noun = 'platform' } = facts;
  const progress = isTakenSince(state, now - idleMs) ? 'Delivering.' : '';
  const { pause, breaker, browser, misfitAt, wait, unconfirmed, unverified } = state;
  if (pause) {
    return {
      health: pause.cause === 'operator' ? 'paused' : 'unhealthy',
      trouble: describePauseCause(pause),
      says: pause.cause === 'operator' ? describePause(pause, facts.operator) : pause.issue.message,
      isStopped: true,
      remedy:
        pause.cause === 'operator'
          ? 'Resume the connection before then.'
          : 'Fix the cause before then, or resume the connection.',
    } as const;
  }
  if (wait) {
    return {
      health: 'degraded',
      trouble: { now: 'asks to wait', since: 'has asked to wait' },
      says: `The ${noun} asked to wait until ${formatTime(wait.until)} or longer. Convey probes it each hour without an event, and goes on once the answer no longer asks for it.`,
      remedy: `Check the ${noun}'s status page, or resume the connection to send at once.`,
    } as const;
  }
  if (unconfirmed && !unconfirmed.isSettled) {
    return {
      health: breaker.failedProbes === null ? 'degraded' : 'unhealthy',
      trouble: unknownForm,
      says: `The ${noun} answers in an unknown form, so the events do not count as delivered and are sent again.`,
      remedy: 'Update Convey, and check `endpoint` and any proxy on the way.',
    } as const;
  }
  if (breaker.failedProbes !== null) {
    return {
      health: 'unhealthy',
      trouble: describeFailure(breaker),
      says: `The ${noun} does not respond as expected: ${describeFailures(breaker)}.`,
      isStopped: true,
      remedy: `Check the ${noun}'s status page and the responses in the event debugger.`,
    } as const;
  }
  if (breaker.failures > 0) {
    return {
      health: 'degraded',
      trouble: describeFailure(breaker),
      says: `The last requests failed: ${describeFailures(breaker)}.`,
      remedy: 'Check the responses in the event debugger.',
    } as const;
  }
  if (unconfirmed) {
    return {
      health: 'degraded',
      trouble: { ...unknownForm, from: unconfirmed.since },
      progress: 'Sending.',
      says: `The ${noun} has answered in an unknown form since ${formatTime(unconfirmed.since)}, so ${formatCount(unverified?.events ?? 0, 'event')} may have arrived and count as unverified. Compare them with the ${noun}'s own report, and update Convey.`,
      remedy: 'Check the responses to waiting events.',
    } as const;
  }
  if (browser && countRejections(browser.verdicts) > maxRejections && now - browser.rejectedAt < browserRejectionsMs) {
    return {
      health: 'degraded',
      trouble: { now: 'refuses events of browsers', since: 'has refused events of browsers' },
      progress,
      says: `The ${noun} rejected more than ${maxRejections} of the last 1,000 events that only browsers reported. Other events are not affected. Check the failed events. Fix the page or the pixel that reports these events, or drop them if they are not from your shop. This notice ends a day after the last rejection, or when you resume the connection.`,
      remedy: 'Check that the connection catches up, and check the failed events.',
    } as const;
  }
  if (misfitAt !== undefined) {
    return {
      health: 'degraded',
      trouble: { now: 'was sent an invalid request', since: 'was sent an invalid request' },
      progress,
      says: `Convey made a request that the ${noun} documents as invalid, which is a fault of Convey. Such events fail, and each event is checked before it is sent. Report the fault with the failed event, and update Convey. This notice ends when you resume the connection.`,
      remedy: 'Check that the connection catches up, and check the failed events.',
    } as const;
  }
  if (unverified && now < getDeliveryDeadline(unverified.until, maxAgeMs)) {
    const isConfirmed = isTakenSince(state, unverified.until);
    return {
      health: isConfirmed ? 'healthy' : 'unconfirmed',
      progress,
      says: `${isConfirmed ? `The ${noun} confirms events again. Before, it` : `The ${noun}`} answered in an unknown form, so ${formatCount(unverified.events, 'event')} may have arrived and count as unverified. To send them again under the same ids, replay the events from ${formatTime(unverified.from)} to ${formatTime(unverified.until + minuteMs)} (Replay on the connection's page, or \`convey replay --from --to\`). This notice ends when that replay begins, or when you resume the connection.`,
      remedy: 'Check that the connection catches up.',
    } as const;
  }
  const remedy = 'Check that the connection catches up, and check the responses to waiting events.';
  return { ...describeConfirmation(state, now, facts), says: '', remedy } as const;
}

/** Returns the health of a connection without a problem: healthy if the platform confirmed an event or accepted the credential. */
function describeConfirmation(
  state: ConnectionState,
  now: UnixMs,
  {
    counts: { delivered = 0, 'awaiting-verdict': awaiting = 0, unverified = 0 },
    waiting,
    noun = 'platform',
  }: ConnectionHealthInput,
) {
  const { takenAt, provenAt, settingsChangedAt } = state;
  const isRecent = isTakenSince(state, now - idleMs);
  if (delivered > 0 && isRecent) return { health: 'healthy', progress: 'Delivering.' } as const;
  if (delivered > 0 && takenAt !== undefined && isTakenSince(state)) {
    const queue = waiting === 0 ? 'Up to date.' : `Waiting: ${formatCount(waiting, 'event')}.`;
    return {
      health: 'healthy',
      progress: `${queue} The ${noun} accepted the last request on ${formatUtc(takenAt)} UTC.`,
    } as const;
  }
  if (delivered === 0 && awaiting + unverified > 0) {
    const progress = `The ${noun} has not confirmed an event yet.`;
    return { health: 'unconfirmed', progress: isRecent ? `Sending. ${progress}` : progress } as const;
  }
  const lacks =
    delivered > 0 ? 'No request with events is known to be accepted since the settings changed.' : 'No event was delivered yet.';
  if (provenAt !== undefined && provenAt >= settingsChangedAt)
    return { health: 'healthy', progress: `Ready. The ${noun} accepts the credential. ${lacks}` } as const;
  return { health: 'unconfirmed', progress: `Not yet confirmed. ${lacks} Test the connection, or send a test event.` } as const;
}

/**
 * Returns whether the platform accepted a request with the current settings, after `since` if given. Earlier versions stored no time of such a
 * request.
 */
function isTakenSince({ takenAt, settingsChangedAt }: ConnectionState, since = Number.NEGATIVE_INFINITY): boolean {
  return takenAt !== undefined && takenAt >= settingsChangedAt && takenAt > since;
}

/** A connection without a request for this long is not said to be delivering. */
const idleMs = dayMs;

/** How long the health mentions rejected browser events after the last one. */
const browserRejectionsMs = dayMs;

/** Returns the minute of a time in the format that `convey replay` takes. */
function formatTime(at: UnixMs): string {
  return `${new Date(at).toISOString().slice(0, -8)}Z`;
}
