import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { onlyCollects } from '../../event/node-role.ts';
import type { Site } from '../../event/site.ts';
import { secondMs } from '../../event/units.ts';
import { openOwnLimitTable } from '../../ingest/limits/limit-table.ts';
import { describeError } from '../../logger.ts';
import { readNodeId } from '../../storage/disk/node-id.ts';
import type { FolderMoveWatch } from '../../storage/move/watch-folder-move.ts';
import type { Spool } from '../../storage/spool/spool.ts';
import { createAppendThrottle, createGuardedAppend } from '../append-throttle.ts';
import { type CollectorPort, createConfiguredCollector, openCollectorPort } from '../collector-port.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { demandWritable } from '../ingest-state.ts';
import type { StartFolder } from '../lock-data-folder.ts';
import { readProcessTime } from '../process-time.ts';
import { mergeAllSites, openSecretsKeys, readDashboardSites } from '../read-data-folder.ts';
import { createReadiness } from '../readiness.ts';
import { openSpool } from './open-spool.ts';

/** The open parts of a gateway that accepts events before it can use its database. */
export interface EarlyIntake {
  readonly port: CollectorPort;
  /** Returns the spool. The caller closes it from then on. */
  takeSpool(): Spool;
}

const lookEveryMs = secondMs;

/**
 * Accepts events in the spool while a data folder is being moved into the database, and resolves when the move has ended. The port stays
 * open, and its app goes on with the spool until another one replaces it. Returns `undefined` if there is no move, no spool, or no role
 * `collect`.
 * @throws ConveyError
 */
export async function acceptWhileMoving(context: GatewayContext, folder: StartFolder): Promise<EarlyIntake | undefined> {
  const { config, logger, onShutdown } = context;
  if (config.store === undefined || config.spool === 'off' || !config.roles.includes('collect')) return undefined;
  const { watchFolderMove } = await import('../../storage/move/watch-folder-move.ts');
  const move = await watchFolderMove(config.store, !onlyCollects(config.roles));
  if (!move) return undefined;
  try {
    // A start refuses a folder that has a spool and no id.
    const node = readNodeId(config.dataDir);
    const spool = await openSpool(folder.dataDir, context.clock, logger);
    let isTaken = false;
    onShutdown(() => (isTaken ? undefined : spool.close()));
    folder.keepIfSpooled(spool);
    // A process that starts as soon as the move has ended must know of the spool before it erases a person.
    await move.spools.reportSpool({ node, host: hostname() });
    const health = async () => ({ ...(await spool.health()), appendsTo: 'spool' as const });
    const readiness = createReadiness({ health }, logger, false);
    onShutdown(() => readiness.stop());
    const port = await openCollectorPort(context, createApp(context, spool, readiness, await readSites(context, move)));
    onShutdown(() => port.close());
    logger.warn({ url: port.url }, 'move under way: events go to the spool');
    await waitForEnd(move);
    logger.info({ spooled: spool.getState().records }, 'move ended');
    await readiness.stop();
    return {
      port,
      takeSpool() {
        isTaken = true;
        return spool;
      },
    };
  } finally {
    await move.close();
  }
}

/** Returns the sites of the config file, and those of the dashboard as the move has copied them. */
async function readSites({ config }: GatewayContext, move: FolderMoveWatch): Promise<readonly Site[]> {
  const { entries } = mergeAllSites(config, await readDashboardSites(move.sites), openSecretsKeys(config));
  return entries.filter(({ runs }) => runs).map(({ site }) => site);
}

function createApp(context: GatewayContext, spool: Spool, readiness: ReturnType<typeof createReadiness>, sites: readonly Site[]) {
  const { now, logger } = context;
  const throttle = createAppendThrottle(readProcessTime, openOwnLimitTable('appends'));
  return createConfiguredCollector(context, {
    append: createGuardedAppend(spool, { demandWritable: () => demandWritable(readiness.state()), throttle }),
    now,
    newId: () => randomUUID(),
    sites: () => sites,
    ready: readiness.ready,
    // The shop repeats it.
    onPrivacyRequest: async () => 'later',
    onFault: (error) => logger.error({ error: describeError(error) }, 'request fault'),
  });
}

/** Resolves when the move has ended. A database that is away may be back later. */
async function waitForEnd(move: FolderMoveWatch): Promise<void> {
  while (!(await move.hasEnded().catch(() => false))) await sleep(lookEveryMs);
}
