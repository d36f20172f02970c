import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ConveyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { DataDir } from '../disk/data-dir.ts';
import { freeDiskBytes, fsyncDirectory } from '../disk/disk.ts';
import { isCorruptionError, isSchemaDamageError } from '../sqlite/sqlite-errors.ts';
import { bytesOnDisk } from '../sqlite/writer.ts';
import { isCheckpointedPastDamage, readWal } from './page-reader.ts';
import { salvageLog } from './salvage-log.ts';
import { salvageStore } from './salvage-store.ts';

const mebibyte = 1024 * 1024;

/** The damage record of a file. It stays until all follow-up work is done, so that the next start continues an interrupted one. */
const recordSchema = z.lazy(() =>
  z.object({
    /** The folder for the damaged file, next to it. */
    folder: z.string(),
    /** Whether the damaged file is in the folder, and the salvaged one in its place. */
    isSalvaged: z.boolean(),
    /** Whether connections start at the oldest event. */
    beginsAnew: z.boolean(),
  }),
);
type DamageRecord = z.output<typeof recordSchema>;

export interface RecoveryDeps {
  readonly dataDir: Pick<DataDir, 'log' | 'state'>;
  readonly now: () => number;
  readonly logger: Logger;
  /** Returns the free space on the disk of a folder. */
  readonly freeBytes?: (dir: string) => number;
}

/** Additional work of a start after a file was salvaged. */
export interface RecoveryTasks {
  /** Whether connections without a cursor start at the oldest event instead of the next one. */
  readonly startsAtOldest: boolean;
  /** Whether every connection scans the event log again for events without an outcome. */
  readonly rescansLog: boolean;
}

/** Makes the next start salvage the file. @param beginsAnew whether the readable part of the state mixes several commits. */
export function recordDamage(file: string, now: number, beginsAnew = false): void {
  const present = readRecord(file);
  const mustRestart = beginsAnew || (present?.beginsAnew ?? false);
  if (present?.isSalvaged === false) {
    if (mustRestart !== present.beginsAnew) writeRecord(file, { ...present, beginsAnew: mustRestart });
    return;
  }
  const time = new Date(now).toISOString().replace(/:/g, '-');
  writeRecord(file, { folder: `${basename(file)}.damaged-${time}`, isSalvaged: false, beginsAnew: mustRestart });
}

/**
 * Opens a file. Salvages it first if it is recorded as damaged, has lost commits, or cannot be opened because of damage.
 * @throws other errors of `open`.
 */
export async function openOrSalvage<T>(file: string, deps: RecoveryDeps, open: () => Promise<T>): Promise<T> {
  const { lostCommits } = readWal(`${file}-wal`);
  const isLog = file === deps.dataDir.log;
  const beginsAnew = !isLog && isCheckpointedPastDamage(file);
  if (lostCommits > 1 || beginsAnew || (isLog && lostCommits > 0)) recordDamage(file, deps.now(), beginsAnew);
  else if (lostCommits > 0) deps.logger.warn({ file }, 'last commit lost: its requests are sent again');
  if (readRecord(file)?.isSalvaged === false) salvage(file, deps);
  try {
    return await open();
  } catch (error) {
    if (!isCorruptionError(error) && !isSchemaDamageError(error)) throw error;
    recordDamage(file, deps.now());
    salvage(file, deps);
    return open();
  }
}

/** Returns whether the next start salvages the file. */
export function isDamageRecorded(file: string): boolean {
  return readRecord(file)?.isSalvaged === false;
}

export function getRecoveryTasks({ log, state }: RecoveryDeps['dataDir']): RecoveryTasks {
  return { startsAtOldest: readRecord(state)?.beginsAnew ?? false, rescansLog: readRecord(log)?.isSalvaged ?? false };
}

/** Removes the record of a salvaged file after all follow-up work. */
export function finishRecovery(file: string): void {
  if (readRecord(file)?.isSalvaged) rmSync(damageRecordPath(file), { force: true });
}

function salvage(file: string, { dataDir, logger, freeBytes = freeDiskBytes }: RecoveryDeps): void {
  const record = readRecord(file);
  if (!record) return;
  const folder = join(dirname(file), record.folder);
  const to = `${file}.salvaging`;
  const removeTarget = () => {
    for (const part of ['', '-wal', '-shm']) rmSync(to + part, { force: true });
  };
  removeTarget(); // left by a crash
  assertFreeSpace(bytesOnDisk(file) + bytesOnDisk(join(folder, basename(file))), freeBytes(dirname(file)));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const damagedCopy = join(folder, basename(file));
  // The write-ahead log is moved first. A file without it would look complete.
  for (const part of ['-wal', ''])
    if (existsSync(file + part) && !existsSync(damagedCopy + part)) renameSync(file + part, damagedCopy + part);
  for (const part of ['-shm', '-wal', '']) rmSync(file + part, { force: true });
  const save = () => (file === dataDir.log ? salvageLog(damagedCopy, to) : salvageStore(damagedCopy, to, !record.beginsAnew));
  let salvaged: ReturnType<typeof save>;
  try {
    salvaged = save();
  } catch (error) {
    removeTarget();
    throw error;
  }
  for (const part of ['-wal', '-shm']) rmSync(to + part, { force: true });
  renameSync(to, file);
  fsyncDirectory(dirname(file));
  writeRecord(file, { ...record, isSalvaged: true, beginsAnew: 'beginsAnew' in salvaged && salvaged.beginsAnew });
  logger.error({ file, kept: folder, ...salvaged }, 'file salvaged');
}

/**
 * Checks the space for the new file, which is no larger than the damaged one with its write-ahead log. The new file's own write-ahead log
 * is emptied every 64 MiB.
 */
function assertFreeSpace(bytes: number, free: number): void {
  const needed = bytes + 128 * mebibyte;
  if (free >= needed) return;
  throw new ConveyError(
    `it is damaged, salvage needs ${Math.ceil(needed / mebibyte)} MiB, and only ${Math.floor(free / mebibyte)} MiB is free`,
    'Free that much on the disk of `dataDir`, and start again. Nothing was moved or removed',
  );
}

/** Returns the path of the file's damage record. */
export function damageRecordPath(file: string): string {
  return `${file}.damage`;
}

function readRecord(file: string): DamageRecord | undefined {
  const path = damageRecordPath(file);
  return existsSync(path) ? recordSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

function writeRecord(file: string, record: DamageRecord): void {
  const part = `${damageRecordPath(file)}.part`;
  writeFileSync(part, JSON.stringify(record), { mode: 0o600, flush: true });
  renameSync(part, damageRecordPath(file));
  fsyncDirectory(dirname(file));
}

/** Returns whether the file was not closed, so that its write-ahead log still has content. */
export function wasUncleanShutdown(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
