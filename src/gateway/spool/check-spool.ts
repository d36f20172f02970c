import { existsSync } from 'node:fs';
import { systemClock } from '../../clock/clock.ts';
import type { Config } from '../../config/config.ts';
import type { Finding } from '../../doctor/finding.ts';
import { errorMessage } from '../../errors.ts';
import { formatCount } from '../../event/format-numbers.ts';
import type { DataDir } from '../../storage/disk/data-dir.ts';
import { openFile } from '../../storage/disk/open-file.ts';
import { openSqliteLog } from '../../storage/log/sqlite-log.ts';
import { assertUndamaged } from '../../storage/recovery/assert-undamaged.ts';
import { Spool } from '../../storage/spool/spool.ts';

/** The failures that an acknowledged event survives while the database is away. */
export const spoolPromises = {
  outage:
    'While the database is away, a 202 survives the crash of the gateway and of its machine, not the loss of the disk of `dataDir`. On disks that are thrown away, set `spool` to `off`',
  off: 'While the database is away, no event is accepted: senders get 503',
} as const;

/** Checks the file of the spool and its disk. The caller has locked the folder. */
export async function* checkSpool(mode: Config['spool'], dataDir: DataDir): AsyncGenerator<Finding> {
  // The first start creates the file.
  if (!existsSync(dataDir.log)) return;
  try {
    const { records, problem } = await readSpool(dataDir);
    if (records > 0) {
      const waiting = formatCount(records, 'record waits', 'records wait');
      yield {
        level: 'warning',
        subject: 'spool',
        says: `${waiting} for the database. Start the gateway, or call \`convey spool drain\``,
      };
    }
    if (mode === 'outage' && problem !== undefined) yield { level: 'warning', subject: 'spool', says: problem };
  } catch (error) {
    yield { level: 'problem', subject: 'spool', says: errorMessage(error) };
  }
}

async function readSpool(dataDir: DataDir): Promise<{ readonly records: number; readonly problem: string | undefined }> {
  assertUndamaged(dataDir.log);
  const log = await openFile(dataDir.log, () => openSqliteLog(dataDir.log, { now: Date.now }));
  try {
    const { records } = (await Spool.open(log, systemClock)).getState();
    const { problem, browserProblem } = await log.health();
    return { records, problem: problem ?? browserProblem };
  } finally {
    await log.close();
  }
}
