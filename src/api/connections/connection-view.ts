import { deadline } from '../../destinations/kit/deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Connection, Site } from '../../event/site.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { ConnectionState, Replay, Store } from '../../storage/store/store.ts';
import { describeConnectionHealth } from './connection-health.ts';
import { measureLag } from './event-counts.ts';
import type { ConnectionView } from './schemas.ts';

/** A loss is told of so long before it comes. */
const foretoldMs = 2 * dayMs;

export interface ConnectionViewDeps {
  readonly store: Store;
  readonly log: EventLog;
  readonly now: () => UnixMs;
  readonly platformOf: (connection: Connection) => BoundDestination;
}

/** Returns the state of one connection. */
export async function connectionView(
  site: Site,
  connection: Connection,
  { store, log, now, platformOf }: ConnectionViewDeps,
): Promise<ConnectionView> {
  const pump = `${site.id}/${connection.id}`;
  const state = await store.getConnectionState(pump);
  // One that never ran begins with what comes next, so it lacks nothing.
  const { events, since } = state
    ? await measureLag(site.id, state.cursor, await store.getIdentityCursor(site.id), { log, store })
    : { events: 0, since: undefined };
  const { waiting, deadLetters, oldest } = await store.getUnsent(site.id, pump);
  const at = now();
  const overAt = oldest === undefined ? undefined : deadline(oldest, platformOf(connection).limits.maxAgeMs);
  const losesAt = overAt !== undefined && overAt - at <= foretoldMs ? overAt : undefined;
  const nextTryAt = state && nextTryOf(state, at);
  return {
    site: site.id,
    id: connection.id,
    destination: connection.destination,
    ...describeConnectionHealth(connection.enabled, state, at, losesAt),
    counts: await store.countByOutcome(pump),
    inDoubt: state?.inDoubt ?? 0,
    lag: { events, ms: since === undefined ? 0 : Math.max(0, at - since) },
    waiting,
    deadLetters,
    ...(since !== undefined && { undeliveredSince: since }),
    ...(losesAt !== undefined && { losesAt }),
    ...(state?.pause && { pausedSince: state.pause.since }),
    ...(nextTryAt !== undefined && connection.enabled && { nextTryAt }),
    ...(state?.replay && { replay: replayView(state.replay) }),
  };
}

function replayView({ since, until, passed, sent, endedAt }: Replay): NonNullable<ConnectionView['replay']> {
  return { since, until, passed, sent, ...(endedAt !== undefined && { endedAt }) };
}

/** When the credential is tried again, or the platform that failed. */
function nextTryOf({ pause, breaker }: ConnectionState, now: UnixMs): UnixMs | undefined {
  if (pause) return pause.probeAt ?? undefined;
  return breaker.failures > 0 && breaker.notBefore > now ? breaker.notBefore : undefined;
}
