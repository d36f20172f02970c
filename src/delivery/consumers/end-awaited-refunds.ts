import { adjustmentNames } from '../../event/event-names.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { type EventLog, startOffset } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { orderLedgerDays } from '../../storage/ports/order-ledger.ts';
import type { Store } from '../../storage/ports/store.ts';
import { countOutcomes } from '../planning/outcome-counts.ts';

const atOnce = 200;

/** Yields the commits that end the wait of refunds and cancellations whose purchase did not come for as long as they are kept. */
export async function* endAwaitedRefunds(
  {
    consumer,
    site,
    log,
    store,
  }: { readonly consumer: ConsumerId; readonly site: string; readonly log: EventLog; readonly store: Store },
  state: ConnectionState,
  now: UnixMs,
): AsyncGenerator<DeliveryCommit> {
  const last = await log.findOffsetAt(site, new Date(now - orderLedgerDays * dayMs));
  if (last === startOffset) return;
  const outcomes = { consumers: [consumer], any: ['awaiting-purchase'] } as const;
  const [next] = (await log.read(site, last, { records: 1, bytes: 1 })).records;
  for (let before = next?.offset, isMore = true; isMore; ) {
    const search = { names: adjustmentNames, outcomes, limit: atOnce, ...(before !== undefined && { before }) };
    const found = await store.searchEvents(site, search);
    const ended = found.offsets.map((offset) => ({ offset, outcome: 'no-purchase', issues: [] }) as const);
    const receivedAt = new Map((await log.get(site, found.offsets)).map(({ offset, at }) => [offset, at]));
    if (ended.length > 0) yield { state, outcomes: ended, counts: countOutcomes(ended, () => 'awaiting-purchase', receivedAt) };
    before = found.before;
    isMore = before !== undefined;
  }
}
