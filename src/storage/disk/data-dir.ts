import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ConveyError, errorMessage } from '../../errors.ts';
import { freeDiskBytes } from './disk.ts';
import { releaseDiskReserve } from './disk-reserve.ts';
import { explainFullDisk } from './disk-space.ts';
import { assertNotMoved } from './moved-folder.ts';

/** File systems whose locks and syncs are unreliable for SQLite: NFS, SMB, CIFS, SMB2, AFS, Ceph, 9P. */
const networkFileSystems = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400, 0x01021997]);

/** Another process has locked the folder. */
export class DataDirInUseError extends ConveyError {}

/** Paths in the data folder. */
interface DataPaths {
  readonly log: string;
  readonly state: string;
  /** Folder for exports of personal data. It is created with the first export. */
  readonly exports: string;
  /** Folder for the copies of a backup. It exists only while a backup is made and sent. */
  readonly backup: string;
  /** Folder that exists only while a backup is restored. */
  readonly restoring: string;
  /** File that is removed when the disk is full. */
  readonly reserve: string;
}

/** The data folder, locked by this process. */
export interface DataDir extends DataPaths {
  /** Whether the disk was full, so that the lock removed the reserve. */
  readonly hasReleasedReserve: boolean;
  release(): void;
}

export interface LockOptions {
  /** Whether a folder may be locked whose data was moved into a database, as only the move itself may. */
  readonly allowsMoved?: boolean;
  /** Whether the reserve stays on a full disk, as for a check, so that the start can release it. */
  readonly keepsReserve?: boolean;
  /** Returns the free space of the disk. */
  readonly freeBytes?: (dir: string) => number;
}

/**
 * Locks the folder and gives its database files mode 0600.
 * @throws ConveyError like `lockDataDir`, and if a restore is incomplete.
 */
export function openDataDir(dir: string, options?: LockOptions): DataDir {
  const lock = lockDataDir(dir, options);
  try {
    if (existsSync(lock.restoring)) {
      throw new ConveyError(
        `A restore into the data folder ${dir} is incomplete`,
        'Call `convey restore` again with the same backup',
      );
    }
    for (const file of [lock.log, lock.state]) restrictToOwner(file);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Creates the folder (mode 0700) if necessary and locks it until `release` or any end of the process: SQLite takes a kernel lock on
 * `convey.lock`. Releases the disk's reserve if the disk is full: files can be opened only with some free space.
 * @throws ConveyError if another gateway has the lock, the folder cannot hold a database, or its data was moved.
 */
export function lockDataDir(
  dir: string,
  { allowsMoved = false, keepsReserve = false, freeBytes = freeDiskBytes }: LockOptions = {},
): DataDir {
  let created: string | undefined;
  try {
    created = mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConveyError(
      `The data folder ${dir} cannot be created: ${errorMessage(error)}`,
      'Set `dataDir` to a folder that Convey may write to',
    );
  }
  if (networkFileSystems.has(statfsSync(dir).type)) {
    if (created !== undefined) rmdirSync(dir);
    throw new ConveyError(
      `The data folder ${dir} is on a network file system`,
      'Set `dataDir` to a folder on a local disk. Locks and syncs of network file systems are unreliable, so events could be lost',
    );
  }
  const reserve = join(dir, 'reserve');
  const lock = takeLock(dir);
  let hasReleasedReserve = false;
  try {
    if (!allowsMoved) assertNotMoved(dir);
    hasReleasedReserve = !keepsReserve && releaseDiskReserve(reserve, freeBytes(dir));
    writeHolder(dir);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    log: join(dir, 'log.db'),
    state: join(dir, 'state.db'),
    exports: join(dir, 'exports'),
    backup: join(dir, '.convey-backup-part'),
    restoring: join(dir, '.convey-restore-part'),
    reserve,
    hasReleasedReserve,
    release: () => lock.close(),
  };
}

/** Creates the file if necessary and restricts it to its owner. SQLite gives its companion files the mode of the database. */
export function restrictToOwner(file: string): void {
  const handle = openSync(file, 'a', 0o600);
  fchmodSync(handle, 0o600);
  closeSync(handle);
}

function takeLock(dir: string): Database.Database {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(dir, 'convey.lock'), { timeout: 0 });
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (!(error instanceof Database.SqliteError) || error.code !== 'SQLITE_BUSY') {
      throw new ConveyError(
        `The data folder ${dir} cannot be used: ${explainFullDisk(dir) ?? errorMessage(error)}`,
        'Free some space on the disk, or set `dataDir` to a folder that Convey may write to',
      );
    }
    throw new DataDirInUseError(
      `Another gateway${describeHolder(dir)} is using the data folder ${dir}`,
      'Stop it first, or set another `dataDir` for this one',
    );
  }
  return lock;
}

const pidFile = 'convey.pid';

/** Writes the process id for the message of another process. */
function writeHolder(dir: string): void {
  const file = join(dir, pidFile);
  rmSync(file, { force: true });
  try {
    writeFileSync(file, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // A full disk must not prevent the start. The message then names no process.
    rmSync(file, { force: true });
  }
}

function describeHolder(dir: string): string {
  try {
    const id = Number.parseInt(readFileSync(join(dir, pidFile), 'utf8'), 10);
    return Number.isNaN(id) ? '' : ` (process ${id})`;
  } catch {
    return '';
  }
}
