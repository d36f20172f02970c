import { dayMs, type UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { loseUpload } from '../../storage/ports/late-orders.ts';
import { orderLedgerDays } from '../../storage/ports/order-ledger.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { Upload, UploadResult } from '../../storage/ports/uploads.ts';
import { purchaseTooOld } from '../planning/decide-adjustment.ts';
import { commitUploads } from './settle-uploads.ts';

const atOnce = 200;

/** The connection whose uploads end. */
interface UploadSource {
  readonly consumer: ConsumerId;
  readonly site: string;
  readonly log: Pick<EventLog, 'get'>;
  readonly store: Pick<Store, 'listOldUploads' | 'listOrderUploads' | 'getOutcomes'>;
}

/**
 * Yields the commits that end uploads which waited until their order is kept no longer, as under an access that nobody renewed. Refunds get
 * their outcome; late purchases count as lost.
 */
export async function* endOldUploads(
  { consumer, site, log, store }: UploadSource,
  state: ConnectionState,
  now: UnixMs,
): AsyncGenerator<DeliveryCommit> {
  for (;;) {
    const old = await store.listOldUploads(consumer, now - orderLedgerDays * dayMs, atOnce);
    if (old.length === 0) return;
    const orderIds = [...new Set(old.map(({ orderId }) => orderId))];
    const uploads = (await store.listOrderUploads(site, orderIds)).filter((one) => one.consumer === consumer);
    const offsets = [...new Set(uploads.map(({ offset }) => offset))];
    const [records, outcomes] = [await log.get(site, offsets), await store.getOutcomes(consumer, offsets)];
    // The value at the platform does not change.
    const orders = orderIds.map((orderId) => ({ orderId, offset: '', left: 0 }));
    const results = old.map((row) => (row.kind === 'offline-conversion' ? loseUpload(row, now) : endRefund(row, now)));
    yield commitUploads({ results, orders }, { state, uploads, records, outcomes });
  }
}

function endRefund({ kind, key, tries, dueAt }: Upload, triedAt: UnixMs): UploadResult {
  const { code, message } = purchaseTooOld;
  return { kind, key, state: 'dead', tries, dueAt, triedAt, answer: { code, message } };
}
