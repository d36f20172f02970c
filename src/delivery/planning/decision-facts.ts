import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import { isForConnection } from '../../event/event-key.ts';
import { hasSignedSender } from '../../event/hook.ts';
import type { Site } from '../../event/site.ts';
import { dayMs, secondMs, type UnixMs } from '../../event/units.ts';
import type { CompiledRules } from '../../rules/evaluate.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import { getClockTrustEnd } from '../../storage/ports/retention.ts';
import type { Store } from '../../storage/ports/store.ts';
import { findPurchasesOverBudget } from '../profiles/browser-budget.ts';
import type { DecisionContext } from './decision.ts';
import { getHoldEnd } from './hold-end.ts';
import { findDeliveredReports } from './late-purchase.ts';
import { isBrowserPurchase, type LoadedEvent } from './loaded-event.ts';
import { loadOrderFacts } from './order-facts.ts';

/** The settings and the storage that the decisions of a connection read. */
export interface DecisionDeps {
  readonly site: Pick<Site, 'id' | 'bots' | 'purchaseHoldSeconds' | 'purchases' | 'timeZone' | 'webhooks' | 'hooks'>;
  readonly destination: BoundDestination;
  /** The rules of the site and the connection; absent if there are none. */
  readonly rules?: CompiledRules;
  readonly consumer: ConsumerId;
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
  /** The site's daily budget for events that only browsers report; unlimited if absent. */
  readonly browserBudget?: BrowserBudget;
  /** Returns the offset up to which events were received before the connection existed. */
  readonly beginsAfter: () => Offset;
}

const autoHoldMs = 90 * secondMs;
const reporterMemoryMs = 7 * dayMs;

/** Leaves out signals, and events that rules added for other connections. Reads the key, which outlives the body. */
export function selectOwnRecords(records: readonly LogRecord[], consumer: ConsumerId): readonly LogRecord[] {
  const connection = parseConsumerId(consumer).connection ?? '';
  return records.filter(({ key }) => isForConnection(key, connection));
}

/**
 * Returns the current context of decisions. A purchase is not held if the site has only one source of purchases. It is always held if the
 * site has webhooks, because either report may be first, and only the browser knows the shopper's consent.
 */
export async function loadDecisionContext(deps: DecisionDeps): Promise<DecisionContext> {
  const { destination, site, store, log } = deps;
  const now = deps.now();
  const { purchaseHoldSeconds: hold } = site;
  const holdMs = hold === 'auto' ? autoHoldMs : hold * secondMs;
  const isHeld = hasSignedSender(site) || (await store.getPurchaseReporters(site.id, now - reporterMemoryMs)).length > 1;
  const clockTrustedUntil = getClockTrustEnd(await store.getLastSweep(site.id));
  const purchaseHoldMs = isHeld ? holdMs : 0;
  const { bots, purchases, timeZone } = site;
  const rules = deps.rules ? { rules: deps.rules } : {};
  const { isFedBySpools = false } = log;
  return { destination, bots, purchaseHoldMs, purchases, timeZone, now, clockTrustedUntil, isFedBySpools, ...rules };
}

/** Returns which purchases exceed the daily budget of browsers. */
export async function findOverBudget(
  loaded: readonly LoadedEvent[],
  { browserBudget, log, store, site }: DecisionDeps,
): Promise<Pick<DecisionContext, 'isOverBudget'>> {
  const purchases = loaded.filter(({ event }) => event && isBrowserPurchase(event)).map(({ record }) => record);
  if (!browserBudget || purchases.length === 0) return {};
  return { isOverBudget: await findPurchasesOverBudget(purchases, browserBudget.purchases, { site: site.id, log, store }) };
}

/** Returns the facts of the orders of refunds and late purchases. */
export async function findOrders(
  loaded: readonly LoadedEvent[],
  { site, log, store, consumer, beginsAfter }: DecisionDeps,
): Promise<Required<Pick<DecisionContext, 'orders' | 'deliveredBefore'>>> {
  const deps = { consumer, site: site.id, log, store, beginsAfter: beginsAfter() };
  return { orders: await loadOrderFacts(loaded, deps), deliveredBefore: await findDeliveredReports(loaded, deps) };
}

/** Looks for reports after `readThrough`, if an event of the page is held at all. */
export async function findOldestUnread(
  page: readonly LoadedEvent[],
  readThrough: Offset,
  context: DecisionContext,
  { log, site }: Pick<DecisionDeps, 'log' | 'site'>,
): Promise<Pick<DecisionContext, 'oldestUnreadAt'>> {
  const isHeld = ({ event, record, loggedAt }: LoadedEvent) =>
    event !== undefined && getHoldEnd(event, loggedAt ?? record.at, context) > 0;
  if (!page.some(isHeld)) return {};
  const { records } = await log.read(site.id, readThrough, { records: 1, bytes: 1 });
  return records[0] ? { oldestUnreadAt: records[0].at } : {};
}
