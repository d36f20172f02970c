import { isPurchaseKey, parseEventKey } from '../../event/event-key.ts';
import { isAdjustmentName } from '../../event/event-names.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import { decide } from './decide.ts';
import { type DecisionDeps, findOrders, findOverBudget, loadDecisionContext, selectOwnRecords } from './decision-facts.ts';
import { toLostUpload } from './late-purchase.ts';
import { loadEvents } from './load-events.ts';

/** The rows of events that retention removes. `lost` is not sent any more. */
export interface PlannedUploads {
  readonly uploads: readonly NewUpload[];
  readonly lost: readonly NewUpload[];
}

const noUploads: PlannedUploads = { uploads: [], lost: [] };

/**
 * Returns the rows of events that retention removes before they were delivered: late purchases, and refunds of uploaded ones. `lost` has the
 * purchases that cannot be decided.
 */
export async function planUploads(records: readonly LogRecord[], deps: DecisionDeps): Promise<PlannedUploads> {
  const { log, store, site, destination, consumer, now } = deps;
  const isUploaded = ({ key }: LogRecord) => isPurchaseKey(key) || isAdjustmentName(parseEventKey(key).name);
  const named = destination.late ? selectOwnRecords(records.filter(isUploaded), consumer) : [];
  if (named.length === 0) return noUploads;
  const loaded = await loadEvents(log, store, site.id, named);
  const known = { ...(await findOverBudget(loaded, deps)), ...(await findOrders(loaded, deps)) };
  const context = { ...(await loadDecisionContext(deps)), ...known };
  const uploads: NewUpload[] = [];
  const lost: NewUpload[] = [];
  for (const one of loaded) {
    try {
      const decision = decide(one, context);
      // No hold outlives the event.
      const final = 'hold' in decision ? decide(one, { ...context, now: decision.hold.dueAt }) : decision;
      uploads.push(...(final.uploads ?? []));
    } catch {
      if (one.event?.name === 'Purchase' && !one.isDuplicate) lost.push(toLostUpload(one.record.offset, one.event, now()));
    }
  }
  return { uploads, lost };
}
