import { hostname } from 'node:os';
import type { Clock } from '../../clock/clock.ts';
import { errorMessage } from '../../errors.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import { type DataDir, restrictToOwner } from '../../storage/disk/data-dir.ts';
import { openFile } from '../../storage/disk/open-file.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { DatabaseOutage } from '../../storage/log/postgres/database-outage.ts';
import { openSqliteLog } from '../../storage/log/sqlite-log.ts';
import type { SharedStores } from '../../storage/open-postgres.ts';
import type { Store } from '../../storage/ports/store.ts';
import { finishRecovery, openOrSalvage } from '../../storage/recovery/damage-record.ts';
import { type DamageWatch, watchDamage } from '../../storage/recovery/damage-watch.ts';
import type { ForwardDeps } from '../../storage/spool/forward-spool.ts';
import { Spool, type SpoolState } from '../../storage/spool/spool.ts';
import { SpooledIntake } from '../../storage/spool/spooled-intake.ts';
import { clientMaxAgeMs } from '../../visitors/profile-lifetimes.ts';
import type { GatewayContext } from '../gateway-context.ts';

export interface SpoolDeps {
  readonly dataDir: DataDir;
  readonly log: EventLog;
  readonly store: Pick<Store, 'getLastSweep'>;
  readonly spools: SharedStores['spools'];
  readonly outage: DatabaseOutage;
  /** The id of this process. */
  readonly node: string;
  /** Returns the open spool, if it accepts events already. */
  readonly takeSpool: (() => Spool) | undefined;
}

/** Opens the spool in the data folder, and salvages a damaged one first. @throws ConveyError with the file's name. */
export async function openSpool(dataDir: DataDir, clock: Clock, logger: Logger): Promise<Spool> {
  const now = () => clock.now();
  return openFile(dataDir.log, async () => {
    restrictToOwner(dataDir.log);
    const log = await openOrSalvage(dataDir.log, { dataDir, now, logger }, () => openSqliteLog(dataDir.log, { now }));
    finishRecovery(dataDir.log);
    return Spool.open(log, clock);
  });
}

/** Starts to accept events for the database, or for the spool while the database is away. @throws ConveyError */
export async function startSpooledIntake(
  { clock, logger, onShutdown }: GatewayContext,
  { dataDir, log, store, spools, outage, node, takeSpool }: SpoolDeps,
): Promise<{ readonly intake: SpooledIntake; readonly spool: Spool; readonly damage: DamageWatch }> {
  const damage = watchDamage({ dataDir, now: () => clock.now(), logger });
  onShutdown(() => damage.stop());
  const spool = takeSpool?.() ?? (await openSpool(dataDir, clock, logger));
  const intake = new SpooledIntake({
    spool,
    log,
    getExpiry: createExpiryReader(store),
    outage,
    report: createReporter(spools, node),
    onFault: damage.suspect,
    clock,
    logger,
  });
  onShutdown(async () => {
    await intake.stop();
    const { records } = spool.getState();
    if (records > 0) logger.warn({ records }, 'spool not empty: start again, or call `convey spool drain`');
    // If the database is away, the spool stays in the list, and the other processes still expect events from it.
    else
      await spools
        .removeSpool(node)
        .catch((error: unknown) => logger.warn({ error: errorMessage(error) }, 'spool not removed from the list'));
  });
  await intake.start();
  return { intake, spool, damage };
}

/** Creates the reporter of a spool's state. A report may be late, so it has the time of the one before, when its state was not read yet. */
function createReporter(spools: SharedStores['spools'], node: string) {
  const host = hostname();
  let asOf: UnixMs | undefined;
  return async ({ records, forMs }: SpoolState) => {
    asOf = await spools.reportSpool({
      node,
      host,
      ...(records === 0 && { emptyForMs: forMs }),
      ...(asOf !== undefined && { asOf }),
    });
  };
}

/**
 * Creates a reader of the time before which a site's spooled events have expired, by the clock of its last sweep: the event log no longer knows
 * the keys of repeats. In the event log, the address and the agent of an event then expire like those of a new one.
 */
export function createExpiryReader(store: Pick<Store, 'getLastSweep'>): ForwardDeps['getExpiry'] {
  return async (site) => ((await store.getLastSweep(site))?.at ?? 0) - clientMaxAgeMs;
}
