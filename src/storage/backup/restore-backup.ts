import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ConveyError, errorMessage } from '../../errors.ts';
import { type DataDir, lockDataDir } from '../disk/data-dir.ts';
import { freeDiskBytes, fsyncDirectory } from '../disk/disk.ts';
import { diskReserveBytes, explainFullDisk } from '../disk/disk-space.ts';
import { logMigrations as ofLog } from '../log/sqlite-log.schema.ts';
import { damageRecordPath } from '../recovery/damage-record.ts';
import { startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { assertSchemaSupported, type Db, openWithoutMigrating } from '../sqlite/open.ts';
import { serializeError } from '../sqlite/sqlite-errors.ts';
import { endRestoredSessions, type RestoredAccess } from '../store/sqlite/restored-access.ts';
import { stateMigrations as ofState } from '../store/sqlite/schema.ts';
import {
  backedUpFiles,
  checksumsName,
  createCopiesFolder,
  formatChecksumLine,
  manifestName,
  removeTempCopies,
} from './create-backup.ts';
import { readTarEntries, type TarFileEntry } from './tar.ts';

/** The file with the time of a restored backup that had no activity yet, until a start has recorded the restore. */
export const restoredName = 'restored';

const manifestSchema = z.object({ format: z.literal(1), version: z.string(), madeAt: z.iso.datetime() });

/** Lists the files that a restore puts in place. It is written before the first is. */
const placedName = 'placed.json';
const placedSchema = z.record(z.string(), z.object({ ino: z.number(), size: z.number(), mtimeMs: z.number() }));
type PlacedFile = z.output<typeof placedSchema>[string];

export type BackupManifest = Omit<z.output<typeof manifestSchema>, 'format'>;

const otherBackup = 'Use another backup, or copy this one again from its source';

export type RestoreResult = BackupManifest & RestoredAccess;

export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/**
 * Reads a backup and verifies its checksums.
 * @param keep receives the content of the database files; without it they are only read.
 * @throws ConveyError if the file is not a backup, incomplete, damaged, or in an unknown format.
 */
export async function readBackup(
  file: string,
  onProgress: OnProgress,
  keep?: (name: string, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<BackupManifest> {
  const total = statSync(file).size;
  let done = 0;
  let sums = '';
  const texts = new Map<string, string>();
  async function* read(name: string, entry: TarFileEntry): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of entry.content) {
      hash.update(chunk);
      done += chunk.byteLength;
      onProgress(done, total);
      yield chunk;
    }
    sums += formatChecksumLine(hash.digest('hex'), name);
  }
  const names: string[] = [];
  for await (const entry of readTarEntries(file)) {
    const { name, bytes } = entry;
    names.push(name);
    if (name === checksumsName) texts.set(name, await readText(entry.content, bytes));
    else if (name === manifestName) texts.set(name, await readText(read(name, entry), bytes));
    else if (keep && backedUpFiles.some((one) => one === name)) await keep(name, read(name, entry));
    else for await (const _ of read(name, entry));
  }
  const isComplete = names.join() === [manifestName, ...backedUpFiles, checksumsName].join();
  if (!isComplete || texts.get(checksumsName) !== sums)
    throw new ConveyError(`${file} is damaged, or not a Convey backup`, otherBackup);
  const manifest = manifestSchema.safeParse(parseJson(texts.get(manifestName) ?? ''));
  if (!manifest.success) {
    throw new ConveyError(
      `${file} is a backup in a format that this version of Convey does not know`,
      'Install the version that made the backup, or a newer one',
    );
  }
  return manifest.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Restores a backup to an empty data folder, also after an interrupted restore. Ends the sessions and the setup token of the backup.
 * @throws ConveyError if a gateway uses the folder, the folder holds data, or the backup is unusable. The folder is then unchanged.
 */
export async function restoreBackup(file: string, dir: string, onProgress: OnProgress): Promise<RestoreResult> {
  const dataDir = lockDataDir(dir);
  const { restoring } = dataDir;
  try {
    removePlaced(dataDir);
    assertFreeSpace(file, dir);
    removeTempCopies(restoring, placedName);
    createCopiesFolder(restoring);
    let isPartlyPlaced = false;
    try {
      const manifest = await readBackup(file, onProgress, (name, content) =>
        pipeline(content, createWriteStream(join(restoring, name), { mode: 0o600, flush: true })),
      );
      await assertUsable(file, restoring);
      const access = await useDatabase(file, restoring, 'state.db', (db) => endRestoredSessions(db, Date.parse(manifest.madeAt)));
      recordPlaced(restoring);
      rmSync(join(dir, restoredName), { force: true });
      if (!access.isRecorded) writeFileSync(join(dir, restoredName), manifest.madeAt, { mode: 0o600, flush: true });
      fsyncDirectory(dir);
      removePlaced(dataDir);
      isPartlyPlaced = true;
      for (const name of backedUpFiles) renameSync(join(restoring, name), join(dir, name));
      fsyncDirectory(dir);
      isPartlyPlaced = false;
      return { ...manifest, ...access };
    } finally {
      // The folder prevents a start while only one of the two files may be in place.
      if (!isPartlyPlaced) removeTempCopies(restoring, placedName);
    }
  } finally {
    dataDir.release();
  }
}

/** Records the identity of the two files before they are moved, so that a later file of the same name is recognized as another one. */
function recordPlaced(restoring: string): void {
  const placed = backedUpFiles.map((name): [string, PlacedFile] => {
    const { ino, size, mtimeMs } = statSync(join(restoring, name));
    return [name, { ino, size, mtimeMs }];
  });
  writeFileSync(join(restoring, placedName), JSON.stringify(Object.fromEntries(placed)), { mode: 0o600, flush: true });
  fsyncDirectory(restoring);
}

function readPlaced(restoring: string): Readonly<Record<string, PlacedFile>> {
  const record = join(restoring, placedName);
  if (!existsSync(record)) return {};
  try {
    return placedSchema.parse(JSON.parse(readFileSync(record, 'utf8')));
  } catch {
    return {}; // the record is incomplete, so no file was put in place
  }
}

/**
 * Removes empty files, and files that an interrupted restore put in place.
 * @throws ConveyError if the folder holds other files or a damage record. It then removes nothing.
 */
function removePlaced({ log, state, restoring }: DataDir): void {
  const placed = readPlaced(restoring);
  const files = [state, log].flatMap((path) => ['', '-journal', '-wal', '-shm'].map((end) => path + end));
  const isForeign = (path: string) => {
    const found = statSync(path, { throwIfNoEntry: false });
    const placedFile = placed[basename(path)];
    const isPlaced =
      placedFile && found?.ino === placedFile.ino && found.size === placedFile.size && found.mtimeMs === placedFile.mtimeMs;
    return found !== undefined && found.size > 0 && !isPlaced;
  };
  const foreign = [state, log].map(damageRecordPath).find((path) => existsSync(path)) ?? files.find(isForeign);
  if (foreign !== undefined) {
    throw new ConveyError(
      `The data folder ${dirname(log)} is not empty: it holds ${foreign}`,
      'Move the folder elsewhere, or set `dataDir` to another folder',
    );
  }
  for (const path of files) rmSync(path, { force: true });
}

async function readText(content: AsyncIterable<Buffer>, bytes: number): Promise<string> {
  if (bytes > 65_536) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function assertFreeSpace(file: string, dir: string): void {
  const full = explainFullDisk(dir);
  if (full !== undefined)
    throw new ConveyError(
      `The backup cannot be restored to ${dir}: ${full}`,
      'Free some space there, or set `dataDir` to a folder on another disk',
    );
  const needed = statSync(file).size + diskReserveBytes;
  if (freeDiskBytes(dir) >= needed) return;
  throw new ConveyError(
    `The disk of ${dir} has too little free space for the backup`,
    `Free ${Math.ceil(needed / 1024 / 1024)} MiB of it, or set \`dataDir\` to a folder on another disk`,
  );
}

async function assertUsable(file: string, folder: string): Promise<void> {
  const schemas: Readonly<Record<string, readonly string[]>> = { 'log.db': ofLog, 'state.db': ofState };
  for (const name of backedUpFiles) {
    await useDatabase(file, folder, name, (db) => assertSchemaSupported(db, `${name} of ${file}`, schemas[name] ?? []));
    const [problem] = await startIntegrityCheck(join(folder, name), true).problems.catch((error: unknown) => {
      throw new ConveyError(`Checking ${name} of ${file} failed: ${errorMessage(error)}`, 'Check the disk, and try again');
    });
    if (problem !== undefined) throw new ConveyError(`${name} of ${file} is damaged: ${problem}`, otherBackup);
  }
}

const diskFailure = /^SQLITE_(?:FULL|IOERR|CANTOPEN|READONLY|BUSY|LOCKED|PERM)/;

/** Runs the work on a database of the backup. @throws ConveyError, also if the file is not a database or lacks a table. */
async function useDatabase<T>(file: string, folder: string, name: string, work: (db: Db) => T | Promise<T>): Promise<T> {
  let db: Db | undefined;
  try {
    db = openWithoutMigrating(join(folder, name));
    return await work(db);
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    const { code, message } = serializeError(error);
    if (diskFailure.test(code))
      throw new ConveyError(`Restoring ${name} of ${file} failed: ${message}`, 'Check the disk, and try again');
    const reason = code.startsWith('SQLITE') ? `: ${message}` : '';
    throw new ConveyError(`${name} of ${file} is damaged, or not a Convey database${reason}`, otherBackup);
  } finally {
    db?.close();
  }
}
