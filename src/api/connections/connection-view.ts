import { findStoredAccount } from '../../activity/stored-account.ts';
import { getDeliveryDeadline, getLossWarningTime } from '../../destinations/kit/delivery-deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Connection, Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ConnectionTrouble } from '../../issues/facts/facts.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { type Backlog, type BacklogReader, createBacklogReader } from '../../storage/ports/backlog.ts';
import type { ConnectionState, Crash, Replay } from '../../storage/ports/connection-state.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { getClockTrustEnd } from '../../storage/ports/retention.ts';
import type { Store } from '../../storage/ports/store.ts';
import { describeConnectionHealth, mentionDeadPurchases } from './connection-health.ts';
import type { ConnectionView } from './schemas.ts';

export interface ConnectionViewDeps {
  readonly store: Store;
  readonly log: EventLog;
  readonly now: () => UnixMs;
  readonly getPlatform: (connection: Connection) => BoundDestination;
  /** Whether the connection's events reach a real platform, not a simulator. */
  readonly isLive: (connection: Connection) => boolean;
  /** Returns since when no gateway with the role `deliver` runs. Absent if this is the only gateway. */
  readonly getUndeliveredSince?: (() => UnixMs | undefined) | undefined;
  /** Returns the crash of a consumer of this process, which a store that cannot be written does not have. */
  readonly getCrash?: (site: string, connection: string) => Crash | undefined;
}

/** Returns the state of one connection. `readBacklog`: the reader of all connections that are read together. */
export async function connectionView(
  site: Pick<Site, 'id'>,
  connection: Connection,
  deps: ConnectionViewDeps,
  readBacklog: BacklogReader = createBacklogReader(deps),
): Promise<ConnectionView> {
  const { store } = deps;
  const consumer = formatConsumerId(site.id, connection.id);
  const state = await store.getConnectionState(consumer);
  const backlog = await readBacklog(site.id, connection.id, state);
  const counts = await store.countByOutcome(consumer);
  return (await readConnection(site, connection, deps, { state, backlog, counts })).view;
}

/** The facts of a connection, which a reading of many connections reads together. */
export interface ConnectionFacts {
  readonly state: ConnectionState | undefined;
  readonly backlog: Backlog;
  readonly counts: ConnectionView['counts'];
}

/** Describes the state of one connection, and its trouble in a few words. */
export async function readConnection(
  site: Pick<Site, 'id'>,
  connection: Connection,
  deps: ConnectionViewDeps,
  { state, backlog, counts }: ConnectionFacts,
): Promise<{ readonly view: ConnectionView; readonly trouble?: ConnectionTrouble; readonly isLossDoubtful: boolean }> {
  const { store, now, getPlatform, isLive, getUndeliveredSince, getCrash } = deps;
  const consumer = formatConsumerId(site.id, connection.id);
  const { waiting, deferred, since, oldest, deadLetters, deadPurchases } = backlog;
  const at = now();
  const platform = getPlatform(connection);
  const { maxAgeMs } = platform.limits;
  const keptUntil = oldest === undefined ? undefined : getDeliveryDeadline(oldest, maxAgeMs);
  const losesAt = oldest !== undefined && at >= getLossWarningTime(oldest, maxAgeMs) ? keptUntil : undefined;
  const isClockSuspect = losesAt !== undefined && at > getClockTrustEnd(await store.getLastSweep(site.id));
  const crash = getCrash?.(site.id, connection.id) ?? state?.crash;
  const dueAt = waiting > 0 && waiting === deferred ? await store.getNextDueTime(consumer) : undefined;
  const nextTryAt = state && getNextAttempt(state, at, dueAt);
  const operator = state?.pause ? await findOperator(state.pause, store) : undefined;
  const { trouble, ...health } = mentionDeadPurchases(
    describeConnectionHealth(
      {
        enabled: connection.enabled,
        state,
        operator,
        crash,
        counts,
        waiting,
        losesAt,
        keptUntil,
        isClockSuspect,
        undeliveredSince: getUndeliveredSince?.(),
        maxAgeMs,
        ...(platform.noun && { noun: platform.noun }),
      },
      at,
    ),
    deadPurchases,
  );
  const view = {
    site: site.id,
    id: connection.id,
    destination: connection.destination,
    platform: platform.name,
    isLive: isLive(connection),
    isTest: platform.isTest,
    ...health,
    counts,
    inDoubt: state?.inDoubt ?? 0,
    lag: { events: waiting, ms: since === undefined ? 0 : Math.max(0, at - since) },
    waiting,
    deferred,
    deadLetters,
    deadPurchases,
    ...(since !== undefined && { undeliveredSince: since }),
    ...(losesAt !== undefined && { losesAt }),
    ...(state?.pause && { pausedSince: state.pause.since }),
    ...(nextTryAt !== undefined && connection.enabled && { nextTryAt }),
    ...(state?.replay && { replay: replayView(state.replay) }),
  };
  return { view, ...(trouble && { trouble }), isLossDoubtful: isClockSuspect && losesAt !== undefined && losesAt < at };
}

/** Returns the present name of the account that paused a connection. */
async function findOperator({ by, since }: NonNullable<ConnectionState['pause']>, store: Pick<Store, 'listAccountIds'>) {
  return by?.account === undefined ? undefined : findStoredAccount(await store.listAccountIds(), by.account, since);
}

function replayView({ since, until, passed, sent, endedAt }: Replay): NonNullable<ConnectionView['replay']> {
  return { since, until, passed, sent, ...(endedAt !== undefined && { endedAt }) };
}

/** Returns when the credential of a paused connection, or a failing platform, is tried again. */
function getNextAttempt({ pause, breaker, wait }: ConnectionState, now: UnixMs, dueAt: UnixMs = 0): UnixMs | undefined {
  if (pause) return pause.probeAt ?? undefined;
  const notBefore = Math.max(breaker.notBefore, dueAt);
  return (breaker.failures > 0 || wait) && notBefore > now ? notBefore : undefined;
}
