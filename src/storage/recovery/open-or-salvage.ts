import { errorMessage } from '../../errors.ts';
import { openFile } from '../disk/open-file.ts';
import { openSqliteLog, type SqliteEventLog } from '../log/sqlite-log.ts';
import { startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { CorruptRowError, isCorruptionError } from '../sqlite/sqlite-errors.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';
import { assertStatePresent } from './assert-state-present.ts';
import {
  finishRecovery,
  getRecoveryTasks,
  openOrSalvage,
  type RecoveryDeps,
  type RecoveryTasks,
  recordDamage,
  wasUncleanShutdown,
} from './damage-record.ts';
import { type DamageWatch, watchDamage } from './damage-watch.ts';
import { ensureOffsetsAhead } from './ensure-offsets-ahead.ts';

export interface OpenStorage {
  readonly log: SqliteEventLog;
  readonly store: SqliteStore;
  readonly recovery: RecoveryTasks;
  readonly damage: DamageWatch;
  /** Removes the record of a salvaged file when its follow-up work is done. */
  finishRecovery(file: 'log' | 'state'): void;
  close(): Promise<void>;
}

/**
 * Opens the event log and the store for a gateway. Salvages a damaged file first. After an unclean shutdown both files are checked while the
 * gateway runs. @throws ConveyError with the file's name.
 */
export async function openStorage(deps: RecoveryDeps): Promise<OpenStorage> {
  try {
    return await openBoth(deps);
  } catch (error) {
    if (!isCorruptionError(error)) throw error;
    await recordDamageByError(error, deps);
    return openBoth(deps);
  }
}

/** Records damage for the next start if the error reports a damaged file: finds the file by an integrity check. */
export async function recordDamageByError(error: unknown, { dataDir, now }: Omit<RecoveryDeps, 'logger'>): Promise<void> {
  if (error instanceof CorruptRowError) recordDamage(dataDir.state, now());
  else if (isCorruptionError(error)) {
    for (const file of [dataDir.log, dataDir.state])
      if ((await startIntegrityCheck(file, true).problems).length > 0) recordDamage(file, now());
  }
}

async function openBoth(deps: RecoveryDeps): Promise<OpenStorage> {
  const { dataDir, now, logger } = deps;
  const onMoveFault = (error: unknown) =>
    logger.warn({ error: errorMessage(error) }, 'rows of an earlier version not moved yet: check the disk');
  let opened: SqliteStore | undefined;
  const logOptions = { now, onMoveFault, otherProblem: () => opened?.getProblem() };
  const wasUnclean = [dataDir.log, dataDir.state].some(wasUncleanShutdown);
  // Each starts a thread, which takes most of the time.
  const [log, store] = await waitForBoth(
    openFile(dataDir.log, () => openOrSalvage(dataDir.log, deps, () => openSqliteLog(dataDir.log, logOptions))),
    openFile(dataDir.state, () => openOrSalvage(dataDir.state, deps, () => openSqliteStore(dataDir.state, { now, onMoveFault }))),
  );
  opened = store;
  const close = async () => {
    await store.close();
    await log.close();
  };
  try {
    await assertStatePresent(log, store, deps);
    await ensureOffsetsAhead(log, store, deps);
    const damage = watchDamage(deps);
    if (wasUnclean) damage.check();
    return {
      log,
      store,
      damage,
      recovery: getRecoveryTasks(dataDir),
      finishRecovery: (file) => finishRecovery(dataDir[file]),
      async close() {
        await damage.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

/** Resolves when both are open. If one cannot be opened, closes the other and rejects. */
async function waitForBoth<A extends Closable, B extends Closable>(
  opening: Promise<A>,
  other: Promise<B>,
): Promise<readonly [A, B]> {
  const [one, two] = await Promise.allSettled([opening, other]);
  if (one.status === 'rejected' || two.status === 'rejected')
    for (const opened of [one, two]) if (opened.status === 'fulfilled') await opened.value.close();
  return Promise.all([opening, other]);
}
