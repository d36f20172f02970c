import type { Clock } from '../clock/clock.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { BrowserBudget } from '../event/browser-budget.ts';
import type { Connection, Site } from '../event/site.ts';
import type { Logger } from '../logger.ts';
import { compileRules } from '../rules/evaluate.ts';
import { type EventLog, type Offset, startOffset } from '../storage/log/event-log.ts';
import { type ConsumerId, formatConsumerId } from '../storage/ports/consumer-id.ts';
import { type DeliveryCommit, LeaseLostError } from '../storage/ports/consumers.ts';
import type { Store } from '../storage/ports/store.ts';
import { type ExpirySource, expireEvents } from './consumers/expire-events.ts';
import { logDeadLetters } from './consumers/log-dead-letters.ts';
import { planUploads } from './planning/plan-uploads.ts';

export interface ExpireIdleDeps {
  readonly bindDestination: (connection: Connection) => BoundDestination;
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseTtlMs: number;
  readonly browserBudget?: BrowserBudget;
  readonly logger: Logger;
  readonly onCommit?: (consumer: ConsumerId, commit: DeliveryCommit) => void;
}

/**
 * Expires the events of a connection without a running consumer.
 * @param applied the site's running settings. Without them nothing is uploaded.
 */
export async function expireIdle(
  site: string,
  connection: string,
  through: Offset,
  applied: Site | undefined,
  deps: ExpireIdleDeps,
): Promise<void> {
  const { bindDestination, log, store, clock, owner, leaseTtlMs, browserBudget, logger } = deps;
  const consumer = formatConsumerId(site, connection);
  const own = applied?.connections.find(({ id }) => id === connection);
  const rules = applied && own && compileRules(connection, applied.rules, own.rules);
  const state = await store.getConnectionState(consumer);
  if (!state) return;
  const decisions = applied &&
    own && {
      ...{ site: applied, destination: bindDestination(own), consumer, log, store },
      ...(browserBudget && { browserBudget }),
      ...(rules && { rules }),
      now: () => clock.now(),
      beginsAfter: () => state.begins?.after ?? startOffset,
    };
  const source: ExpirySource = {
    ...{ consumer, site, log, store },
    ...(decisions && { planUploads: (records) => planUploads(records, decisions) }),
  };
  const lease = await store.acquireLease(consumer, owner, leaseTtlMs);
  if (!lease) throw new LeaseLostError(`lease of ${consumer} not acquired: another process runs the site`);
  for await (const commit of expireEvents(source, state, through, clock.now())) {
    await store.commitDelivery(lease, commit);
    logDeadLetters(logger.child({ site }), consumer, commit);
    deps.onCommit?.(consumer, commit);
  }
  await store.releaseLease(lease);
}
