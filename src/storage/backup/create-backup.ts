import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { ConveyError } from '../../errors.ts';
import type { DataDir } from '../disk/data-dir.ts';
import { freeDiskBytes } from '../disk/disk.ts';
import { diskReserveBytes, explainFullDisk } from '../disk/disk-space.ts';
import { startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { startOnlineCopy } from '../sqlite/online-copy.ts';
import { openWithoutMigrating } from '../sqlite/open.ts';
import { bytesOnDisk, type CopyableFile } from '../sqlite/writer.ts';
import { packTar, type TarEntry, tarSize } from './tar.ts';

/** The first entry of a backup. */
export const manifestName = 'convey-backup.json';
/** The last entry of a backup. */
export const checksumsName = 'SHA256SUMS';
/**
 * The entries between manifest and checksums. `state.db` is copied first, so that the event log is at least as new and no cursor is past
 * its end.
 */
export const backedUpFiles = ['state.db', 'log.db'] as const;
type FileName = (typeof backedUpFiles)[number];

/** A backup is dropped if its reader pauses for longer. */
const idleTimeoutMs = 60_000;

export interface BackupDeps {
  readonly dataDir: Pick<DataDir, 'log' | 'state' | 'backup'>;
  readonly sources: Readonly<Record<FileName, CopyableFile>>;
  /** Convey's version, for the manifest. */
  readonly version: string;
  readonly now: () => number;
  /** Runs the work without removals of data at the same time. */
  readonly runExclusive: <T>(work: () => Promise<T>) => Promise<T>;
  /** Returns the free space of the data folder's disk. Default: reads it from the disk. */
  readonly freeBytes?: () => number;
  /** Returns why that disk takes no file, if so. Default: asks the disk. */
  readonly explainFull?: () => string | undefined;
}

export interface BackupStream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

export type BackupErrorCode = 'backup-running' | 'backup-no-room';

/** Creates the maker of backups, one at a time. The copies stay in the data folder until the backup is read or dropped. */
export function createBackups({ dataDir, sources, version, now, runExclusive, freeBytes, explainFull }: BackupDeps) {
  const { backup: folder } = dataDir;
  const remove = () => removeTempCopies(folder);
  const files: Readonly<Record<FileName, string>> = { 'log.db': dataDir.log, 'state.db': dataDir.state };
  const free = freeBytes ?? (() => freeDiskBytes(dirname(dataDir.log)));
  const isFull = () => (explainFull ?? (() => explainFullDisk(dirname(dataDir.log))))() !== undefined;
  let isRunning = false;
  remove(); // left by a crash

  const copyAll = async () => {
    createCopiesFolder(folder);
    await runExclusive(async () => {
      for (const name of backedUpFiles) await sources[name].copyTo(join(folder, name));
    });
    for (const name of backedUpFiles) {
      const [problem] = await startIntegrityCheck(join(folder, name), true).problems;
      if (problem !== undefined) throw new Error(`the copy of ${files[name]} is damaged: ${problem}`);
    }
  };

  return {
    /** @throws if a file cannot be copied or is damaged. */
    async make(): Promise<BackupStream | BackupErrorCode> {
      if (isRunning) return 'backup-running';
      const needed = backedUpFiles.reduce((sum, name) => sum + bytesOnDisk(files[name]), diskReserveBytes);
      if (free() < needed || isFull()) return 'backup-no-room';
      remove();
      isRunning = true;
      const end = () => {
        remove();
        isRunning = false;
      };
      try {
        await copyAll();
      } catch (error) {
        const hasFilled = isFull();
        end();
        if (hasFilled) return 'backup-no-room';
        throw error;
      }
      return streamBackup(folder, { version, at: new Date(now()) }, end);
    },
  };
}

/** Creates the sources for a data folder without a running gateway. The copies keep an older schema. */
export function createOfflineSources({ log, state }: Pick<DataDir, 'log' | 'state'>): BackupDeps['sources'] {
  const createSource = (from: string): CopyableFile => ({
    async copyTo(file) {
      const db = openWithoutMigrating(from);
      try {
        await startOnlineCopy(db, file).done;
      } finally {
        db.close();
      }
    },
  });
  return { 'log.db': createSource(log), 'state.db': createSource(state) };
}

/** Creates the folder for copies if it does not exist. @throws ConveyError if something else has its name. */
export function createCopiesFolder(folder: string): void {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (!stats) mkdirSync(folder, { mode: 0o700 });
  else if (!stats.isDirectory())
    throw new ConveyError(`${folder} is in the way`, 'Move it elsewhere: Convey needs this name for copies');
}

/** Removes the copies and the files with these names, and the folder if it is then empty. */
export function removeTempCopies(folder: string, ...others: readonly string[]): void {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const names = backedUpFiles.flatMap((name) => ['', '-journal', '-wal', '-shm'].map((end) => name + end));
  for (const name of [...names, ...others]) rmSync(join(folder, name), { force: true });
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Streams the copies as one archive. Calls `end` once, when the archive was read or dropped. */
function streamBackup(folder: string, { version, at }: { version: string; at: Date }, end: () => void): BackupStream {
  const manifest = Buffer.from(`${JSON.stringify({ format: 1, version, madeAt: at.toISOString() })}\n`);
  const sizes = backedUpFiles.map((name) => statSync(join(folder, name)).size);
  const sumsBytes = [manifestName, ...backedUpFiles].reduce(
    (sum, name) => sum + formatChecksumLine('0'.repeat(64), name).length,
    0,
  );

  async function* entries(): AsyncGenerator<TarEntry> {
    let sums = '';
    const createHashedEntry = (
      name: string,
      bytes: number,
      content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    ): TarEntry => {
      const hash = createHash('sha256');
      return {
        name,
        bytes,
        content: (async function* () {
          for await (const chunk of content) {
            hash.update(chunk);
            yield chunk;
          }
          sums += formatChecksumLine(hash.digest('hex'), name);
        })(),
      };
    };
    yield createHashedEntry(manifestName, manifest.byteLength, [manifest]);
    for (const [index, name] of backedUpFiles.entries())
      yield createHashedEntry(name, sizes[index] ?? 0, createReadStream(join(folder, name)));
    yield { name: checksumsName, bytes: sumsBytes, content: [Buffer.from(sums)] };
  }

  const idle = setTimeout(() => readable.destroy(new Error('the backup was not read in time')), idleTimeoutMs).unref();
  async function* trackReading(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packTar(entries(), at)) {
      idle.refresh();
      yield chunk;
    }
  }
  const readable = Readable.from(trackReading(), { objectMode: false, highWaterMark: 65_536 });
  readable.on('error', () => {}); // the web stream reports it to its reader
  readable.once('close', () => {
    clearTimeout(idle);
    end();
  });
  return { stream: Readable.toWeb(readable), bytes: tarSize([manifest.byteLength, ...sizes, sumsBytes]) };
}

/** Formats a line for `sha256sum --check`. */
export function formatChecksumLine(sum: string, name: string): string {
  return `${sum}  ${name}\n`;
}
