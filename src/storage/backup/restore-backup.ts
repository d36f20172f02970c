import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ConveyError, errorMessage } from '../../errors.ts';
import { type DataDir, lockDataDir } from '../disk/data-dir.ts';
import { freeDiskBytes, fsyncDirectory } from '../disk/disk.ts';
import { diskReserveBytes } from '../disk/disk-space.ts';
import { migrations as ofLog } from '../log/sqlite-log.schema.ts';
import { damageRecordPath as damageNoteOf } from '../recovery/damage-record.ts';
import { startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { assertSchemaSupported, type Db, openWithoutMigrating } from '../sqlite/open.ts';
import { serializeError } from '../sqlite/sqlite-errors.ts';
import { endRestoredSessions, type RestoredAccess } from '../store/sqlite/restored-access.ts';
import { migrations as ofState } from '../store/sqlite/schema.ts';
import {
  backedUpFiles,
  checksumsName,
  formatChecksumLine,
  makeCopiesFolder,
  manifestName,
  removeTempCopies,
} from './create-backup.ts';
import { readTarEntries, type TarFileEntry } from './tar.ts';

const aboutSchema = z.object({ format: z.literal(1), version: z.string(), madeAt: z.iso.datetime() });

/** What a restore puts in place, noted before it does. */
const placedName = 'placed.json';
const placedSchema = z.record(z.string(), z.object({ ino: z.number(), size: z.number(), mtimeMs: z.number() }));
type Placed = z.output<typeof placedSchema>[string];

/** What a backup says of itself. */
export type BackupManifest = Omit<z.output<typeof aboutSchema>, 'format'>;

const otherBackup = 'Use another backup, or fetch this one again from where it came';

export type RestoreResult = BackupManifest & RestoredAccess;

/** Told how many of how many bytes are done. */
export type OnProgress = (done: number, of: number) => void;

/**
 * Reads a backup from its first byte to its last.
 * @param keep takes the content of the database files; without it they are only read.
 * @throws ConveyError where it is none, is not whole, is damaged, or is of a form that this Convey does not know.
 */
export async function readBackup(
  file: string,
  onProgress: OnProgress,
  keep?: (name: string, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<BackupManifest> {
  const of = statSync(file).size;
  let done = 0;
  let sums = '';
  const texts = new Map<string, string>();
  async function* read(name: string, entry: TarFileEntry): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of entry.content) {
      hash.update(chunk);
      done += chunk.byteLength;
      onProgress(done, of);
      yield chunk;
    }
    sums += formatChecksumLine(hash.digest('hex'), name);
  }
  const names: string[] = [];
  for await (const entry of readTarEntries(file)) {
    const { name, bytes } = entry;
    names.push(name);
    if (name === checksumsName) texts.set(name, await textOf(entry.content, bytes));
    else if (name === manifestName) texts.set(name, await textOf(read(name, entry), bytes));
    else if (keep && backedUpFiles.some((one) => one === name)) await keep(name, read(name, entry));
    else for await (const _ of read(name, entry));
  }
  const isWhole = names.join() === [manifestName, ...backedUpFiles, checksumsName].join();
  if (!isWhole || texts.get(checksumsName) !== sums)
    throw new ConveyError(`${file} is damaged, or no backup of Convey`, otherBackup);
  const about = aboutSchema.safeParse(parseJson(texts.get(manifestName) ?? ''));
  if (!about.success) {
    throw new ConveyError(
      `${file} is a backup in a form that this Convey does not know`,
      'Install the version that made it, or a newer one',
    );
  }
  return about.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Puts a backup into a data folder in which nothing is kept. What was begun and did not come to its end is begun anew. Ends the sessions
 * and the setup token of the backup.
 * @throws ConveyError where a gateway runs on the folder, something is kept in it, or the backup cannot be used; the folder is left as
 * it was.
 */
export async function restoreBackup(file: string, dir: string, onProgress: OnProgress): Promise<RestoreResult> {
  const dataDir = lockDataDir(dir);
  const { restoring } = dataDir;
  try {
    removeOwn(dataDir);
    refuseFull(file, dir);
    removeTempCopies(restoring, placedName);
    makeCopiesFolder(restoring);
    let isHalf = false;
    try {
      const about = await readBackup(file, onProgress, (name, content) =>
        pipeline(content, createWriteStream(join(restoring, name), { mode: 0o600, flush: true })),
      );
      await refuseUnusable(file, restoring);
      const access = await useDatabase(file, restoring, 'state.db', endRestoredSessions);
      notePlaced(restoring);
      fsyncDirectory(dir);
      removeOwn(dataDir);
      isHalf = true;
      for (const name of backedUpFiles) renameSync(join(restoring, name), join(dir, name));
      fsyncDirectory(dir);
      isHalf = false;
      return { ...about, ...access };
    } finally {
      // While it is there nobody starts: one of the two files may be in place without the other.
      if (!isHalf) removeTempCopies(restoring, placedName);
    }
  } finally {
    dataDir.release();
  }
}

/** Of the two files, as they are put in place: a file that was put there since is another one. */
function notePlaced(restoring: string): void {
  const placed = backedUpFiles.map((name): [string, Placed] => {
    const { ino, size, mtimeMs } = statSync(join(restoring, name));
    return [name, { ino, size, mtimeMs }];
  });
  writeFileSync(join(restoring, placedName), JSON.stringify(Object.fromEntries(placed)), { mode: 0o600, flush: true });
  fsyncDirectory(restoring);
}

function readPlaced(restoring: string): Readonly<Record<string, Placed>> {
  const note = join(restoring, placedName);
  if (!existsSync(note)) return {};
  try {
    return placedSchema.parse(JSON.parse(readFileSync(note, 'utf8')));
  } catch {
    return {}; // cut off itself, so nothing was put in place
  }
}

/**
 * Removes what a restore that was cut off put in place, and empty files.
 * @throws ConveyError where anything else is there, or a note that a file is damaged; nothing is removed then.
 */
function removeOwn({ log, state, restoring }: DataDir): void {
  const placed = readPlaced(restoring);
  const files = [state, log].flatMap((path) => ['', '-journal', '-wal', '-shm'].map((end) => path + end));
  const isKept = (path: string) => {
    const there = statSync(path, { throwIfNoEntry: false });
    const ours = placed[basename(path)];
    const isOurs = ours && there?.ino === ours.ino && there.size === ours.size && there.mtimeMs === ours.mtimeMs;
    return there !== undefined && there.size > 0 && !isOurs;
  };
  const kept = [state, log].map(damageNoteOf).find((path) => existsSync(path)) ?? files.find(isKept);
  if (kept !== undefined) {
    throw new ConveyError(
      `Something is kept in the data folder ${dirname(log)}: ${kept}`,
      'Move the folder away, or set `dataDir` to another one',
    );
  }
  for (const path of files) rmSync(path, { force: true });
}

async function textOf(content: AsyncIterable<Buffer>, bytes: number): Promise<string> {
  if (bytes > 65_536) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function refuseFull(file: string, dir: string): void {
  const needed = statSync(file).size + diskReserveBytes;
  if (freeDiskBytes(dir) >= needed) return;
  throw new ConveyError(
    `The disk of ${dir} has too little free space for the backup`,
    `Free ${Math.ceil(needed / 1024 / 1024)} MiB of it, or set \`dataDir\` to a folder on another disk`,
  );
}

async function refuseUnusable(file: string, folder: string): Promise<void> {
  const schemas: Readonly<Record<string, readonly string[]>> = { 'log.db': ofLog, 'state.db': ofState };
  for (const name of backedUpFiles) {
    await useDatabase(file, folder, name, (db) => assertSchemaSupported(db, `${name} of ${file}`, schemas[name] ?? []));
    const [problem] = await startIntegrityCheck(join(folder, name), true).problems.catch((error: unknown) => {
      throw new ConveyError(`${name} of ${file} could not be checked: ${errorMessage(error)}`, 'Check the disk, and try again');
    });
    if (problem !== undefined) throw new ConveyError(`${name} of ${file} is damaged: ${problem}`, otherBackup);
  }
}

const diskFailure = /^SQLITE_(?:FULL|IOERR|CANTOPEN|READONLY|BUSY|LOCKED|PERM)/;

/** Does the work on a file of the backup. @throws ConveyError, also if the file is no database or lacks what the work reads. */
async function useDatabase<T>(file: string, folder: string, name: string, work: (db: Db) => T | Promise<T>): Promise<T> {
  let db: Db | undefined;
  try {
    db = openWithoutMigrating(join(folder, name));
    return await work(db);
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    const { code, message } = serializeError(error);
    if (diskFailure.test(code))
      throw new ConveyError(`${name} of ${file} could not be put back: ${message}`, 'Check the disk, and try again');
    const reason = code.startsWith('SQLITE') ? `: ${message}` : '';
    throw new ConveyError(`${name} of ${file} is damaged, or no database of Convey${reason}`, otherBackup);
  } finally {
    db?.close();
  }
}
