import { unknownAnswerCode } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import { type DeliveryErrorCount, errorBucketMs, maxErrorPairsAtOnce, otherError } from '../../storage/ports/delivery-errors.ts';
import type { BatchMember } from '../planning/batch-member.ts';
import { getUnconfirmed, type RequestOutcome } from './attempt-result.ts';

/** Fits the codes of every destination, such as Meta's `100/2804003`. Other texts may hold anything that a platform or a page wrote. */
const safeCode = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/;
const safeName = /^[\p{L}\p{N}_][\p{L}\p{N}_ .:-]{0,99}$/u;

interface FailedEvent {
  readonly code: string;
  readonly name: string;
}

/** Counts the events of a failed request. */
export function countFailedRequest(
  members: readonly Pick<BatchMember, 'eventName'>[],
  requestOutcome: RequestOutcome,
  now: UnixMs,
): readonly DeliveryErrorCount[] {
  const code = getErrorCode(requestOutcome);
  return countErrors(
    members.map(({ eventName: name }) => ({ code, name })),
    now,
  );
}

/** Counts the events that are not sent again, by the code of their last issue. */
export function countDeadLetters(
  letters: readonly Pick<DeadLetter, 'cause' | 'issues' | 'eventName'>[],
  now: UnixMs,
): readonly DeliveryErrorCount[] {
  return countErrors(
    letters.map(({ cause, issues, eventName: name }) => ({ code: issues.at(-1)?.code ?? cause, name })),
    now,
  );
}

function countErrors(events: readonly FailedEvent[], now: UnixMs): readonly DeliveryErrorCount[] {
  const bucket = now - (now % errorBucketMs);
  const counts = new Map<string, DeliveryErrorCount>();
  for (const event of events) {
    const code = safeCode.test(event.code) ? event.code : otherError;
    const name = safeName.test(event.name) ? event.name : otherError;
    const own = `${code} ${name}`;
    // The last place is for all pairs that are left.
    const isKept = counts.has(own) || counts.size < maxErrorPairsAtOnce - 1;
    const key = isKept ? own : `${otherError} ${otherError}`;
    const pair = isKept ? { code, name } : { code: otherError, name: otherError };
    counts.set(key, { bucket, ...pair, events: (counts.get(key)?.events ?? 0) + 1 });
  }
  return [...counts.values()];
}

/** Returns the status of a failed request, the code of the network, or that of the issue that the platform's reader found. */
function getErrorCode(requestOutcome: RequestOutcome): string {
  if ('notSent' in requestOutcome) return requestOutcome.notSent;
  if ('unknown' in requestOutcome) return requestOutcome.unknown;
  const { response, verdict } = requestOutcome;
  if ('blocked' in verdict) return verdict.blocked.code;
  if (!response) return 'access-token';
  const isSuccess = response.status >= 200 && response.status < 300;
  return isSuccess || getUnconfirmed(requestOutcome) ? unknownAnswerCode : String(response.status);
}
