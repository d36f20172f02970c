import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { salvageLog } from '../log/sqlite.salvage.ts';
import { isDamage } from '../sqlite/failure.ts';
import { readWal } from '../sqlite/pages.ts';
import type { DataDir } from '../store/data-dir.ts';
import { salvageState } from '../store/sqlite.salvage.ts';
import type { Logger } from '../telemetry.ts';

/** Stands beside a damaged file until all has been done about it, so that a start that is cut off goes on with it. */
const noteSchema = z.object({
  /** Where the damaged file goes, beside it. */
  folder: z.string(),
  /** What was damaged lies in the folder, and what could be read of it in its place. */
  isSalvaged: z.boolean(),
  beginsAnew: z.boolean(),
});
type Note = z.output<typeof noteSchema>;

export interface DamageParts {
  readonly dataDir: Pick<DataDir, 'log' | 'state'>;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What a start has to do beside its usual work, because a file was salvaged. */
export interface AfterSalvage {
  /** Connections of which nothing is known begin with the oldest event rather than with what comes next. */
  readonly beginsAnew: boolean;
  /** Every connection looks through the log once more for what nothing became of. */
  readonly looksAgain: boolean;
}

/** Has the next start salvage the file. @param beginsAnew where what can be read of the state is not of one moment. */
export function noteDamage(file: string, now: number, beginsAnew = false): void {
  if (readNote(file)?.isSalvaged === false) return;
  const time = new Date(now).toISOString().replace(/:/g, '-');
  writeNote(file, { folder: `${basename(file)}.damaged-${time}`, isSalvaged: false, beginsAnew });
}

/**
 * Opens a file. Where it is damaged so that it cannot be opened, or was found to be, what can be read of it takes its place first,
 * and the damaged file is kept beside it.
 * @throws what `open` throws of anything else.
 */
export async function openOrSalvage<T>(file: string, parts: DamageParts, open: () => Promise<T>): Promise<T> {
  const { lostCommits } = readWal(`${file}-wal`);
  const isLog = file === parts.dataDir.log;
  if (lostCommits > 1 || (isLog && lostCommits > 0)) noteDamage(file, parts.now(), !isLog);
  else if (lostCommits > 0) parts.logger.warn({ file }, 'the last step before the end was cut off; what it sent is sent again');
  if (readNote(file)?.isSalvaged === false) salvage(file, parts);
  try {
    return await open();
  } catch (error) {
    if (!isDamage(error)) throw error;
    noteDamage(file, parts.now());
    salvage(file, parts);
    return open();
  }
}

export function afterSalvage({ log, state }: DamageParts['dataDir']): AfterSalvage {
  const [ofLog, ofState] = [readNote(log), readNote(state)];
  return { beginsAnew: ofState?.beginsAnew ?? false, looksAgain: ofLog?.isSalvaged ?? false };
}

/** All was done. */
export function endSalvage({ log, state }: DamageParts['dataDir']): void {
  for (const file of [log, state]) if (readNote(file)?.isSalvaged) rmSync(noteOf(file), { force: true });
}

function salvage(file: string, { dataDir, logger }: DamageParts): void {
  const note = readNote(file);
  if (!note) return;
  const folder = join(dirname(file), note.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = join(folder, basename(file));
  // The write-ahead log first: without it the file would be taken for all there is.
  for (const part of ['-wal', '']) if (existsSync(file + part) && !existsSync(kept + part)) renameSync(file + part, kept + part);
  for (const part of ['-shm', '-wal', '']) rmSync(file + part, { force: true });
  const to = `${file}.salvaging`;
  for (const part of ['', '-wal', '-shm']) rmSync(to + part, { force: true });
  const salvaged = file === dataDir.log ? salvageLog(kept, to) : salvageState(kept, to, !note.beginsAnew);
  for (const part of ['-wal', '-shm']) rmSync(to + part, { force: true });
  renameSync(to, file);
  syncFolder(dirname(file));
  writeNote(file, { ...note, isSalvaged: true, beginsAnew: 'beginsAnew' in salvaged && salvaged.beginsAnew });
  logger.error({ file, kept: folder, ...salvaged }, 'a damaged file was salvaged');
}

/** Where it stands that the file is damaged. */
export function noteOf(file: string): string {
  return `${file}.damage`;
}

function readNote(file: string): Note | undefined {
  const note = noteOf(file);
  return existsSync(note) ? noteSchema.parse(JSON.parse(readFileSync(note, 'utf8'))) : undefined;
}

function writeNote(file: string, note: Note): void {
  const part = `${noteOf(file)}.part`;
  writeFileSync(part, JSON.stringify(note), { mode: 0o600, flush: true });
  renameSync(part, noteOf(file));
  syncFolder(dirname(file));
}

/** A file that was renamed is there after a power cut once its folder is synced. */
export function syncFolder(dir: string): void {
  const handle = openSync(dir, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** Whether the file was not closed in order: its write-ahead log is still there. */
export function wasCutOff(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
