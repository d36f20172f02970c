import type { z } from 'zod';
import type { Offset } from '../../storage/log/event-log.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { type DeadLetterReason, maxDeadLetterGroups } from '../../storage/ports/dead-letters.ts';
import type { Store } from '../../storage/ports/store.ts';
import { toExpiredRangeView } from './event-view.ts';
import type { DeadLetterGroupView, deadLetterGroupsResponse } from './rejection-schemas.ts';

/** The number of the newest dead letters that are grouped. */
const maxGrouped = 10_000;
const atOnce = 500;

/** Returns a connection's dead letters by their reason, the largest group first. */
export async function groupDeadLetters(
  site: string,
  connection: string,
  store: Pick<Store, 'groupDeadLetters' | 'listExpiredRanges'>,
): Promise<z.output<typeof deadLetterGroupsResponse>> {
  const consumer = formatConsumerId(site, connection);
  const [found, ranges] = await Promise.all([store.groupDeadLetters(consumer, maxGrouped), store.listExpiredRanges(consumer)]);
  const groups = found.map(({ sample: { issues, ...sample }, ...group }): DeadLetterGroupView => ({ ...group, issues, sample }));
  const [newest] = ranges;
  if (newest) {
    const { cause, issues } = toExpiredRangeView(connection, newest);
    const times = ranges.map(({ at }) => at);
    groups.push({
      cause,
      issues,
      code: getReasonCode(issues),
      events: ranges.reduce((sum, { events }) => sum + events, 0),
      firstAt: Math.min(...times),
      lastAt: Math.max(...times),
    });
  }
  const grouped = found.reduce((sum, { events }) => sum + events, 0);
  return {
    groups: groups.toSorted((a, b) => b.events - a.events),
    isWhole: grouped < maxGrouped && found.length < maxDeadLetterGroups,
  };
}

/** Yields the offsets of the dead letters of one reason, one page at a time, and those of expired ranges if they have it. */
export async function* listOffsetsOfReason(
  site: string,
  connection: string,
  reason: DeadLetterReason,
  store: Pick<Store, 'findDeadLetterOffsets' | 'listExpiredRanges'>,
): AsyncGenerator<readonly Offset[]> {
  const consumer = formatConsumerId(site, connection);
  const ranges = (await store.listExpiredRanges(consumer)).filter((range) => {
    const { cause, issues } = toExpiredRangeView(connection, range);
    return cause === reason.cause && getReasonCode(issues) === reason.code;
  });
  if (ranges.length > 0) yield ranges.map(({ lastOffset }) => lastOffset);
  for (let after: Offset = ''; ; ) {
    const offsets = await store.findDeadLetterOffsets(consumer, { after, limit: atOnce, reason });
    const last = offsets.at(-1);
    if (last === undefined) return;
    yield offsets;
    after = last;
  }
}

function getReasonCode(issues: DeadLetterGroupView['issues']): string {
  return issues.at(-1)?.code ?? '';
}
