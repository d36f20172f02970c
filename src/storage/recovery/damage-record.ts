import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ConveyError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { DataDir } from '../disk/data-dir.ts';
import { freeDiskBytes, fsyncDirectory } from '../disk/disk.ts';
import { isCorruptionError } from '../sqlite/sqlite-errors.ts';
import { bytesOnDisk } from '../sqlite/writer.ts';
import { isCheckpointedPastDamage, readWal } from './page-reader.ts';
import { salvageLog } from './salvage-log.ts';
import { salvageStore } from './salvage-store.ts';

const mebibyte = 1024 * 1024;

/** Stands beside a damaged file until all has been done about it, so that a start that is cut off goes on with it. */
const noteSchema = z.object({
  /** Where the damaged file goes, beside it. */
  folder: z.string(),
  /** What was damaged lies in the folder, and what could be read of it in its place. */
  isSalvaged: z.boolean(),
  beginsAnew: z.boolean(),
});
type Note = z.output<typeof noteSchema>;

export interface RecoveryDeps {
  readonly dataDir: Pick<DataDir, 'log' | 'state'>;
  readonly now: () => number;
  readonly logger: Logger;
  /** On the disk of a folder. */
  readonly freeBytes?: (dir: string) => number;
}

/** What a start has to do beside its usual work, because a file was salvaged. */
export interface RecoveryTasks {
  /** Connections of which nothing is known begin with the oldest event rather than with what comes next. */
  readonly startsAtOldest: boolean;
  /** Every connection looks through the log once more for what nothing became of. */
  readonly rescansLog: boolean;
}

/** Has the next start salvage the file. @param beginsAnew where what can be read of the state is not of one moment. */
export function recordDamage(file: string, now: number, beginsAnew = false): void {
  const noted = readNote(file);
  const anew = beginsAnew || (noted?.beginsAnew ?? false);
  if (noted?.isSalvaged === false) {
    if (anew !== noted.beginsAnew) writeNote(file, { ...noted, beginsAnew: anew });
    return;
  }
  const time = new Date(now).toISOString().replace(/:/g, '-');
  writeNote(file, { folder: `${basename(file)}.damaged-${time}`, isSalvaged: false, beginsAnew: anew });
}

/**
 * Opens a file. Where it is damaged so that it cannot be opened, or was found to be, what can be read of it takes its place first,
 * and the damaged file is kept beside it.
 * @throws what `open` throws of anything else.
 */
export async function openOrSalvage<T>(file: string, parts: RecoveryDeps, open: () => Promise<T>): Promise<T> {
  const { lostCommits } = readWal(`${file}-wal`);
  const isLog = file === parts.dataDir.log;
  const beginsAnew = !isLog && isCheckpointedPastDamage(file);
  if (lostCommits > 1 || beginsAnew || (isLog && lostCommits > 0)) recordDamage(file, parts.now(), beginsAnew);
  else if (lostCommits > 0) parts.logger.warn({ file }, 'the last step before the end was cut off; what it sent is sent again');
  if (readNote(file)?.isSalvaged === false) salvage(file, parts);
  try {
    return await open();
  } catch (error) {
    if (!isCorruptionError(error)) throw error;
    recordDamage(file, parts.now());
    salvage(file, parts);
    return open();
  }
}

/** Whether the next start is to salvage the file. */
export function isDamageRecorded(file: string): boolean {
  return readNote(file)?.isSalvaged === false;
}

export function getRecoveryTasks({ log, state }: RecoveryDeps['dataDir']): RecoveryTasks {
  const [ofLog, ofState] = [readNote(log), readNote(state)];
  return { startsAtOldest: ofState?.beginsAnew ?? false, rescansLog: ofLog?.isSalvaged ?? false };
}

/** All that the salvage of the file asks for was done. */
export function finishRecovery(file: string): void {
  if (readNote(file)?.isSalvaged) rmSync(damageRecordPath(file), { force: true });
}

function salvage(file: string, { dataDir, logger, freeBytes = freeDiskBytes }: RecoveryDeps): void {
  const note = readNote(file);
  if (!note) return;
  const folder = join(dirname(file), note.folder);
  const to = `${file}.salvaging`;
  const removeLeft = () => {
    for (const part of ['', '-wal', '-shm']) rmSync(to + part, { force: true });
  };
  removeLeft(); // by a crash
  refuseNoRoom(bytesOnDisk(file) + bytesOnDisk(join(folder, basename(file))), freeBytes(dirname(file)));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = join(folder, basename(file));
  // The write-ahead log first: without it the file would be taken for all there is.
  for (const part of ['-wal', '']) if (existsSync(file + part) && !existsSync(kept + part)) renameSync(file + part, kept + part);
  for (const part of ['-shm', '-wal', '']) rmSync(file + part, { force: true });
  const save = () => (file === dataDir.log ? salvageLog(kept, to) : salvageStore(kept, to, !note.beginsAnew));
  let salvaged: ReturnType<typeof save>;
  try {
    salvaged = save();
  } catch (error) {
    removeLeft();
    throw error;
  }
  for (const part of ['-wal', '-shm']) rmSync(to + part, { force: true });
  renameSync(to, file);
  fsyncDirectory(dirname(file));
  writeNote(file, { ...note, isSalvaged: true, beginsAnew: 'beginsAnew' in salvaged && salvaged.beginsAnew });
  logger.error({ file, kept: folder, ...salvaged }, 'a damaged file was salvaged');
}

/** The new file is no larger than the damaged one and its write-ahead log; its own is cut short every 64 MiB. */
function refuseNoRoom(bytes: number, free: number): void {
  const needed = bytes + 128 * mebibyte;
  if (free >= needed) return;
  throw new ConveyError(
    `it is damaged, and what can be read of it needs ${Math.ceil(needed / mebibyte)} MiB, of which ${Math.floor(free / mebibyte)} are free`,
    'Free that much on the disk of `dataDir`, and start again: nothing was moved or removed',
  );
}

/** Where it stands that the file is damaged. */
export function damageRecordPath(file: string): string {
  return `${file}.damage`;
}

function readNote(file: string): Note | undefined {
  const note = damageRecordPath(file);
  return existsSync(note) ? noteSchema.parse(JSON.parse(readFileSync(note, 'utf8'))) : undefined;
}

function writeNote(file: string, note: Note): void {
  const part = `${damageRecordPath(file)}.part`;
  writeFileSync(part, JSON.stringify(note), { mode: 0o600, flush: true });
  renameSync(part, damageRecordPath(file));
  fsyncDirectory(dirname(file));
}

/** Whether the file was not closed in order: its write-ahead log is still there. */
export function wasUncleanShutdown(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
