import { closeSync, existsSync, fchmodSync, mkdirSync, openSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ConveyError, errorMessage } from '../../errors.ts';

/** File systems on which SQLite's locks and syncs are not to be trusted: NFS, SMB, CIFS, SMB2, AFS, Ceph, 9P. */
const networkFileSystems = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400, 0x01021997]);

/** Another process holds the folder. */
export class DataDirInUseError extends ConveyError {}

/** Where what is in the data folder lies. */
interface Places {
  readonly log: string;
  readonly state: string;
  /** A folder for files that are made for people; nothing makes it until there is one. */
  readonly exports: string;
  /** A folder for the copies of a backup until they are handed over; there only while one is made. */
  readonly backup: string;
  /** A folder that is there only while a backup is put back. */
  readonly restoring: string;
  /** Room on the disk that is given up when there is none left. */
  readonly reserve: string;
}

/** The data folder, held by this process alone. */
export interface DataDir extends Places {
  release(): void;
}

/**
 * The folder for whoever works with its files: locked, and the files there with mode 0600.
 * @throws ConveyError as `lockDataDir` does, and where a restore did not come to its end.
 */
export function openDataDir(dir: string): DataDir {
  const held = lockDataDir(dir);
  try {
    if (existsSync(held.restoring)) {
      throw new ConveyError(
        `A restore into the data folder ${dir} did not come to its end`,
        'Call `convey restore` again with the same backup',
      );
    }
    for (const file of [held.log, held.state]) ownerOnly(file);
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/**
 * Makes the folder (mode 0700) if need be and locks it until `release` or the end of the process, however it ends: the
 * lock is the kernel's, taken by SQLite on `convey.lock`.
 * @throws ConveyError when another gateway has it, or it is no place for a database.
 */
export function lockDataDir(dir: string): DataDir {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConveyError(
      `The data folder ${dir} cannot be made: ${errorMessage(error)}`,
      'Set `dataDir` to a folder that Convey may write to',
    );
  }
  if (networkFileSystems.has(statfsSync(dir).type)) {
    throw new ConveyError(
      `The data folder ${dir} is on a network file system`,
      'Use a local disk: network file systems do not keep the promises that "nothing is lost" rests on',
    );
  }
  const lock = takeLock(dir);
  return {
    log: join(dir, 'log.db'),
    state: join(dir, 'state.db'),
    exports: join(dir, 'exports'),
    backup: join(dir, '.convey-backup-part'),
    restoring: join(dir, '.convey-restore-part'),
    reserve: join(dir, 'reserve'),
    release: () => lock.close(),
  };
}

/** Whatever the folder's mode: SQLite gives its companion files the mode of the database. */
function ownerOnly(file: string): void {
  const handle = openSync(file, 'a', 0o600);
  fchmodSync(handle, 0o600);
  closeSync(handle);
}

function takeLock(dir: string): Database.Database {
  const pidFile = join(dir, 'convey.pid');
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(dir, 'convey.lock'), { timeout: 0 });
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') {
      throw new ConveyError(
        `The data folder ${dir} cannot be used: ${errorMessage(error)}`,
        'Set `dataDir` to a folder that Convey may write to',
      );
    }
    throw new DataDirInUseError(
      `Another gateway${holder(pidFile)} is using the data folder ${dir}`,
      'Stop it first, or give this one a `dataDir` of its own',
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return lock;
}

function holder(pidFile: string): string {
  try {
    return ` (process ${Number.parseInt(readFileSync(pidFile, 'utf8'), 10)})`;
  } catch {
    return '';
  }
}
