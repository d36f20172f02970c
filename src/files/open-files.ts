import type { EventLog } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { openFile } from '../opening.ts';
import type { InOneFile } from '../sqlite.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { type AfterSalvage, afterSalvage, type DamageParts, endSalvage, openOrSalvage, wasCutOff } from './damage.ts';
import { type DamageWatch, watchDamage } from './damage-watch.ts';

export interface OpenFiles {
  readonly log: EventLog & InOneFile;
  readonly store: Store & InOneFile;
  readonly after: AfterSalvage;
  readonly damage: DamageWatch;
  /** What a salvage asked for was done. */
  endSalvage(): void;
  close(): Promise<void>;
}

/**
 * Opens log and store for a gateway. What is damaged is salvaged first; after an end that was not in order both are looked through while the
 * gateway runs. @throws ConveyError naming the file.
 */
export async function openFiles(parts: DamageParts): Promise<OpenFiles> {
  const { dataDir, now } = parts;
  const isCutOff = [dataDir.log, dataDir.state].some(wasCutOff);
  const log = await openFile(dataDir.log, () => openOrSalvage(dataDir.log, parts, () => openSqliteLog(dataDir.log, { now })));
  try {
    const open = () => openSqliteStore(dataDir.state, { now });
    const store = await openFile(dataDir.state, () => openOrSalvage(dataDir.state, parts, open));
    try {
      await keepApart(log, store, parts);
      const damage = watchDamage(parts);
      if (isCutOff) damage.look();
      return {
        log,
        store,
        damage,
        after: afterSalvage(dataDir),
        endSalvage: () => endSalvage(dataDir),
        async close() {
          await damage.stop();
          await store.close();
          await log.close();
        },
      };
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Where the end of the log is gone, a new event must not come under an offset that a cursor has passed: nobody would read it. */
async function keepApart(log: EventLog, store: Store, { logger, dataDir }: DamageParts): Promise<void> {
  const furthest = await store.furthest();
  const last = await log.startAfter(furthest);
  if (last >= furthest) return;
  const lost = await store.knownAfter(last);
  logger.error({ file: dataDir.log, last, furthest, lost }, 'the end of the log is gone: events that were known are not in it');
}
