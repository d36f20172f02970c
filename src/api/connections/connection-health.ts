import { countRejections, maxRejections } from '../../event/recent-verdicts.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/store/store.ts';
import type { Health } from './schemas.ts';

/** How a connection is doing, and the sentence that says so. `losesAt`: when its oldest event will be too old to be sent. */
export function describeConnectionHealth(
  enabled: boolean,
  state: ConnectionState | undefined,
  now: UnixMs,
  losesAt?: UnixMs,
): { health: Health; says: string } {
  if (!enabled) return { health: 'disabled', says: 'Disabled: events wait in the log until it is enabled.' };
  if (!state) return { health: 'healthy', says: 'Starting.' };
  const { health, says, keeps, remedy } = healthNow(state, now);
  if (losesAt === undefined) return { health, says: `${says}${keeps}` };
  return {
    health: health === 'healthy' ? 'degraded' : health,
    says: `${says} The oldest events that it has not sent become too old for the platform ${inWords(losesAt - now)}, and are lost to it then: ${remedy}.`,
  };
}

/** `keeps` is true only while nothing grows too old. */
function healthNow({ pause, breaker, browser }: ConnectionState, now: UnixMs) {
  if (pause) {
    const probed = pause.probeAt === null ? '' : ` Convey tries again by itself ${inWords(pause.probeAt - now)}.`;
    return {
      health: pause.cause === 'operator' ? 'paused' : 'unhealthy',
      says: `${pause.issue.message}${probed}`,
      keeps: ' Nothing is lost meanwhile.',
      remedy: pause.cause === 'operator' ? 'resume the connection before' : 'mend the cause before, or resume the connection',
    } as const;
  }
  if (breaker.failedProbes !== null) {
    return {
      health: 'unhealthy',
      says: `The platform does not answer as it should. The next try is ${inWords(breaker.notBefore - now)}.`,
      keeps: ' Nothing is lost meanwhile.',
      remedy: "look at the platform's status page, and at the answers in the event debugger",
    } as const;
  }
  if (breaker.failures > 0) {
    const failed = breaker.failures === 1 ? 'request' : `${breaker.failures} requests`;
    return {
      health: 'degraded',
      says: `The last ${failed} failed. The next try is ${inWords(breaker.notBefore - now)}.`,
      keeps: '',
      remedy: 'look at the answers in the event debugger',
    } as const;
  }
  if (browser && countRejections(browser.verdicts) > maxRejections && now - browser.rejectedAt < browserRejectionsMs) {
    return {
      health: 'degraded',
      says: `Delivering. More than ${maxRejections} of the last 1,000 events that only browsers reported were rejected; nothing else is held up by that. Look at the dead letters: correct the page or the pixel that reports them, or drop them if they are not your shop's. This notice ends a day after the last of them, or when you resume the connection.`,
      keeps: '',
      remedy: 'see that the connection catches up, and look at the dead letters',
    } as const;
  }
  return {
    health: 'healthy',
    says: 'Delivering.',
    keeps: '',
    remedy: 'see that the connection catches up, and look at the answers to events that wait',
  } as const;
}

/** Rejections of browsers' events are told for so long after the last. */
const browserRejectionsMs = dayMs;

function inWords(ms: number): string {
  if (ms <= 0) return 'now';
  if (ms < 90_000) return `in ${Math.ceil(ms / 1_000)} s`;
  return ms < 120 * 60_000 ? `in ${Math.round(ms / 60_000)} min` : `in ${Math.round(ms / 3_600_000)} h`;
}
