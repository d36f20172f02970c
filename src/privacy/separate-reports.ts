import type { Offset } from '../storage/log/event-log.ts';
import { chunk } from '../storage/paginate.ts';
import { isSentOutcome } from '../storage/ports/outcomes.ts';
import type { PersonEvents } from './person-events.ts';
import type { ErasableSite, PrivacyDeps } from './privacy-deps.ts';

/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;

/**
 * Returns the erased reports whose events stay open for other reports: browsers' reports that may be of the shop's event, unless it has no
 * other reports and every connection has delivered it, because then no later report is sent.
 */
export async function selectSeparateReports(
  { offsets, sent, unconfirmed, shared }: PersonEvents,
  unfinished: readonly Offset[],
  { id: site }: ErasableSite,
  { store, getConnections }: PrivacyDeps,
): Promise<ReadonlySet<Offset>> {
  const found = new Set(offsets);
  const before = await store.getAbsentReasons(site, unfinished);
  const separate = new Set([
    ...unconfirmed,
    ...unfinished.filter((offset) => !found.has(offset) && before.get(offset) === 'erased-report'),
  ]);
  const consumers = getConnections(site).flatMap(({ id, enabled }) => (enabled ? [`${site}/${id}`] : []));
  if (consumers.length === 0) return separate;
  const own = [...unconfirmed].filter((offset) => sent.has(offset) && !shared.has(offset));
  for (const some of chunk(own.toSorted(), outcomesAtOnce)) {
    const outcomes = await Promise.all(consumers.map((consumer) => store.getOutcomes(consumer, some)));
    const isDelivered = (offset: Offset) => outcomes.every((one) => isSentOutcome(one.get(offset)?.outcome ?? ''));
    for (const offset of some.filter(isDelivered)) separate.delete(offset);
  }
  return separate;
}
