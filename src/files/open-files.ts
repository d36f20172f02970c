import type { EventLog } from '../log/log.ts';
import { openSqliteLog } from '../log/sqlite.ts';
import { check } from '../sqlite/check.ts';
import { DamagedRow, isDamage } from '../sqlite/failure.ts';
import type { InOneFile } from '../sqlite.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { type AfterSalvage, afterSalvage, type DamageParts, endSalvage, noteDamage, openOrSalvage, wasCutOff } from './damage.ts';
import { type DamageWatch, watchDamage } from './damage-watch.ts';
import { keepApart } from './keep-apart.ts';
import { openFile } from './open-file.ts';

export interface OpenFiles {
  readonly log: EventLog & InOneFile;
  readonly store: Store & InOneFile;
  readonly after: AfterSalvage;
  readonly damage: DamageWatch;
  /** What the salvage of this file asked for was done. */
  endSalvage(file: 'log' | 'state'): void;
  close(): Promise<void>;
}

/**
 * Opens log and store for a gateway. What is damaged is salvaged first; after an end that was not in order both are looked through while the
 * gateway runs. @throws ConveyError naming the file.
 */
export async function openFiles(parts: DamageParts): Promise<OpenFiles> {
  try {
    return await openBoth(parts);
  } catch (error) {
    if (!isDamage(error)) throw error;
    await noteWhereDamaged(error, parts);
    return openBoth(parts);
  }
}

/** Finds the file that the error tells of, where it tells of damage, and has the next start salvage it. */
export async function noteWhereDamaged(error: unknown, { dataDir, now }: Omit<DamageParts, 'logger'>): Promise<void> {
  if (error instanceof DamagedRow) noteDamage(dataDir.state, now());
  else if (isDamage(error)) {
    for (const file of [dataDir.log, dataDir.state]) if ((await check(file, true).problems).length > 0) noteDamage(file, now());
  }
}

async function openBoth(parts: DamageParts): Promise<OpenFiles> {
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
        endSalvage: (file) => endSalvage(dataDir[file]),
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
