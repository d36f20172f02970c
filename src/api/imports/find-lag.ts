import type { Site } from '../../event/site.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { EventLog, Offset } from '../../storage/log/event-log.ts';
import { createBacklogReader } from '../../storage/ports/backlog.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';

/** An import waits while a consumer lags by more. */
const maxLagMs = 10 * secondMs;

interface LagDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly now: () => UnixMs;
}

export interface Lag {
  readonly consumer: string;
  readonly seconds: number;
}

/**
 * Returns the consumer of the site that lags most, if that is over 10 s: the identity consumer, or an enabled connection, by the oldest event
 * that it has not read. Deferred deliveries do not count: a purchase that is held for another report is no lag.
 */
export async function findLag(site: Site, { log, store, now }: LagDeps): Promise<Lag | undefined> {
  const at = now();
  const readLag = async (cursor: Offset) => {
    const [next] = (await log.read(site.id, cursor, { records: 1, bytes: 1 })).records;
    return next ? at - next.at : 0;
  };
  const lags = [{ consumer: 'identity', ms: await readLag(await store.getIdentityCursor(site.id)) }];
  const readBacklog = createBacklogReader({ log, store });
  for (const { id, enabled } of site.connections) {
    const state = enabled ? await store.getConnectionState(formatConsumerId(site.id, id)) : undefined;
    const ms = state ? await readLag(state.cursor) : 0;
    if (ms <= maxLagMs) continue;
    // The cursor of a connection may rest before records that are not for it.
    const { waiting, deferred } = await readBacklog(site.id, id, state);
    if (waiting > deferred) lags.push({ consumer: id, ms });
  }
  const [most] = lags.toSorted((one, other) => other.ms - one.ms);
  return most && most.ms > maxLagMs ? { consumer: most.consumer, seconds: Math.ceil(most.ms / secondMs) } : undefined;
}
