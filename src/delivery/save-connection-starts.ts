import type { Clock } from '../clock/clock.ts';
import type { Site } from '../event/site.ts';
import { type EventLog, startOffset } from '../storage/log/event-log.ts';
import type { ConnectionStartStore } from '../storage/ports/connection-starts.ts';
import { formatConsumerId } from '../storage/ports/consumer-id.ts';
import { buildFirstState } from './consumers/leased-state.ts';
import { digestSettings } from './digest-settings.ts';

export interface StartDeps {
  readonly starts: ConnectionStartStore;
  readonly log: EventLog;
  readonly clock: Clock;
}

/** Makes the starts of new connections durable, so that later events wait for the process that will run the connection. */
export async function saveConnectionStarts(sites: readonly Site[], { starts, log, clock }: StartDeps): Promise<void> {
  const all = new Map(
    sites.flatMap((site) =>
      site.connections.map((one) => [formatConsumerId(site.id, one.id), { site, connection: one }] as const),
    ),
  );
  const unstarted = await starts.findUnstarted([...all.keys()]);
  if (unstarted.length === 0) return;
  const heads = await log.heads();
  const stored = [];
  for (const consumer of unstarted) {
    const found = all.get(consumer);
    if (!found) continue;
    const { site, connection } = found;
    const startAt = heads.get(site.id) ?? startOffset;
    const settingsDigest = digestSettings(connection.settings);
    stored.push({ consumer, state: await buildFirstState({ consumer, site, settingsDigest, log, clock, startAt }) });
  }
  await starts.storeStarts(stored);
}
