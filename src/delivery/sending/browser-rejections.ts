import type { Issue } from '../../event/issue.ts';
import { countRejections, maxRejections, recentEventCount } from '../../event/recent-verdicts.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConnectionState, DeadLetter, EventOutcomeEntry } from '../../storage/store/store.ts';
import { maxProbeIntervalMs } from './backoff.ts';

/**
 * Records which of these events were rejected, pure. More than 50 rejections among the last 1,000 trusted events pause the connection, so
 * that a mapping bug does not bury a day of sales. Events that only browsers reported are counted apart: anybody can send those, so they
 * must not stop delivery.
 */
export function judgeRejections(
  state: ConnectionState,
  outcomes: readonly EventOutcomeEntry[],
  deadLetters: readonly DeadLetter[],
  trusted: ReadonlySet<Offset>,
  now: UnixMs,
): ConnectionState {
  const rejected = new Set(deadLetters.filter(({ cause }) => cause === 'rejected').map(({ offset }) => offset));
  const ended = outcomes.filter(({ outcome }) => outcome === 'delivered' || outcome === 'dead').map(({ offset }) => offset);
  const verdictsOf = (offsets: readonly Offset[]) => offsets.map((offset) => (rejected.has(offset) ? '1' : '0')).join('');
  const fresh = verdictsOf(ended.filter((offset) => trusted.has(offset)));
  const freshOfBrowsers = verdictsOf(ended.filter((offset) => !trusted.has(offset)));
  const verdicts = (state.verdicts + fresh).slice(-recentEventCount);
  const next: ConnectionState = { ...state, verdicts, ...browserVerdicts(state, freshOfBrowsers, now) };
  if (!fresh.includes('1') || countRejections(verdicts) <= maxRejections || state.pause) return next;
  return { ...next, pause: { cause: 'schema', since: now, issue: tooManyRejections, probeAt: now + maxProbeIntervalMs } };
}

/** Nothing is kept of them before the first rejection. */
function browserVerdicts({ browser }: ConnectionState, fresh: string, now: UnixMs): Pick<ConnectionState, 'browser'> {
  if (fresh === '' || (!browser && !fresh.includes('1'))) return {};
  const verdicts = ((browser?.verdicts ?? '') + fresh).slice(-recentEventCount);
  return { browser: { verdicts, rejectedAt: fresh.includes('1') ? now : (browser?.rejectedAt ?? now) } };
}

const tooManyRejections: Issue = {
  field: 'connection',
  code: 'schema',
  message: `More than ${maxRejections} of the last 1,000 events that the shop's server or webhooks reported were rejected, so sending stopped before more are. Look at the dead letters and mend the cause. Convey tries a few of the shop's events every 15 minutes and goes on once they are accepted, or resume the connection.`,
};
