import type { Issue } from '../../event/issue.ts';
import { countRejections, maxRejections, recentEventCount } from '../../event/recent-verdicts.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { maxProbeIntervalMs } from './backoff.ts';

/** Offsets of the events of a plan that are counted differently. */
interface Distinctions {
  /** Events that a server or webhook reported. */
  readonly trusted: ReadonlySet<Offset>;
  /** Events whose payload the platform's schema refuses. */
  readonly misfits: ReadonlySet<Offset>;
}

/**
 * Records the rejected events. More than 50 rejections among the last 1,000 trusted events pause the connection, so that a
 * mapping bug does not turn a day of sales into dead letters. Browser events are counted separately: anyone can send them, so
 * they must not stop delivery. A misfit is a fault of Convey, and other events are checked before they are sent, so it does not count.
 */
export function recordRejections(
  state: ConnectionState,
  outcomes: readonly EventOutcomeEntry[],
  deadLetters: readonly DeadLetter[],
  { trusted, misfits }: Distinctions,
  now: UnixMs,
): ConnectionState {
  const rejected = new Set(deadLetters.filter(({ cause }) => cause === 'rejected').map(({ offset }) => offset));
  const ended = outcomes
    .filter(({ offset, outcome }) => (outcome === 'delivered' || outcome === 'dead') && !misfits.has(offset))
    .map(({ offset }) => offset);
  const toVerdicts = (offsets: readonly Offset[]) => offsets.map((offset) => (rejected.has(offset) ? '1' : '0')).join('');
  const fresh = toVerdicts(ended.filter((offset) => trusted.has(offset)));
  const freshBrowser = toVerdicts(ended.filter((offset) => !trusted.has(offset)));
  const verdicts = (state.verdicts + fresh).slice(-recentEventCount);
  const next: ConnectionState = {
    ...recordMisfits(state, misfits, now),
    verdicts,
    ...updateBrowserVerdicts(state, freshBrowser, now),
  };
  if (!fresh.includes('1') || countRejections(verdicts) <= maxRejections || state.pause) return next;
  return { ...next, pause: { cause: 'schema', since: now, issue: tooManyRejections, probeAt: now + maxProbeIntervalMs } };
}

/** Records that a payload did not fit. It is stored before the request with the others is sent: after a crash all payloads are checked. */
export function recordMisfits(state: ConnectionState, misfits: ReadonlySet<Offset>, now: UnixMs): ConnectionState {
  return misfits.size > 0 ? { ...state, misfitAt: now } : state;
}

/** Updates the counts of browser events. They are kept only from the first rejection on. */
function updateBrowserVerdicts({ browser }: ConnectionState, fresh: string, now: UnixMs): Pick<ConnectionState, 'browser'> {
  if (fresh === '' || (!browser && !fresh.includes('1'))) return {};
  const verdicts = ((browser?.verdicts ?? '') + fresh).slice(-recentEventCount);
  return { browser: { verdicts, rejectedAt: fresh.includes('1') ? now : (browser?.rejectedAt ?? now) } };
}

const tooManyRejections: Issue = {
  field: 'connection',
  code: 'schema',
  message: `More than ${maxRejections} of the last 1,000 events of the shop's server or webhooks were rejected, so the connection paused. Check the failed events and fix the cause. Convey tests a few events every 15 minutes and resumes when they are accepted, or resume the connection yourself.`,
};
