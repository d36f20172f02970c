import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { ConveyError } from '../../errors.ts';
import type { DataDir } from '../disk/data-dir.ts';
import { freeDiskBytes } from '../disk/disk.ts';
import { diskReserveBytes } from '../disk/disk-space.ts';
import { startIntegrityCheck } from '../sqlite/integrity-check.ts';
import { startOnlineCopy } from '../sqlite/online-copy.ts';
import { openWithoutMigrating } from '../sqlite/open.ts';
import { bytesOnDisk, type CopyableFile } from '../sqlite/writer.ts';
import { packTar, type TarEntry, tarSize } from './tar.ts';

/** What a backup holds, in the order in which it stands there. */
export const manifestName = 'convey-backup.json';
export const checksumsName = 'SHA256SUMS';
/** The state first: then the log is at least as new, and no cursor of the state stands beyond its end. */
export const backedUpFiles = ['state.db', 'log.db'] as const;
type Copied = (typeof backedUpFiles)[number];

/** Whoever does not read on for so long has gone. */
const patienceMs = 60_000;

export interface BackupDeps {
  readonly dataDir: Pick<DataDir, 'log' | 'state' | 'backup'>;
  readonly sources: Readonly<Record<Copied, CopyableFile>>;
  /** The version that makes it. */
  readonly version: string;
  readonly now: () => number;
  /** Keeps removals away while both files are copied. */
  readonly runExclusive: <T>(work: () => Promise<T>) => Promise<T>;
  /** How much room the data folder's disk has; asks the disk by default. */
  readonly freeBytes?: () => number;
}

/** A whole backup, as it leaves. */
export interface BackupStream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

/** Why none was made. */
export type BackupErrorCode = 'backup-running' | 'backup-no-room';

/** Makes backups, one at a time. Copies lie in a folder of the data folder until they are handed over, or nobody reads on. */
export function createBackups({ dataDir, sources, version, now, runExclusive: alone, freeBytes }: BackupDeps) {
  const { backup: folder } = dataDir;
  const remove = () => removeTempCopies(folder);
  const files: Readonly<Record<Copied, string>> = { 'log.db': dataDir.log, 'state.db': dataDir.state };
  const free = freeBytes ?? (() => freeDiskBytes(dirname(dataDir.log)));
  let isRunning = false;
  remove(); // left by a crash

  const copyAll = async () => {
    makeCopiesFolder(folder);
    await alone(async () => {
      for (const name of backedUpFiles) await sources[name].copyTo(join(folder, name));
    });
    for (const name of backedUpFiles) {
      const [problem] = await startIntegrityCheck(join(folder, name), true).problems;
      if (problem !== undefined) throw new Error(`the copy of ${files[name]} is damaged: ${problem}`);
    }
  };

  return {
    /** @throws where a file cannot be copied, or is damaged. */
    async make(): Promise<BackupStream | BackupErrorCode> {
      if (isRunning) return 'backup-running';
      const needed = backedUpFiles.reduce((sum, name) => sum + bytesOnDisk(files[name]), diskReserveBytes);
      if (free() < needed) return 'backup-no-room';
      remove();
      isRunning = true;
      const end = () => {
        remove();
        isRunning = false;
      };
      try {
        await copyAll();
      } catch (error) {
        end();
        throw error;
      }
      return streamOf(folder, { version, at: new Date(now()) }, end);
    },
  };
}

/** The files of a folder on which no gateway runs, to be copied as they are: an older schema stays what it is. */
export function createOfflineSources({ log, state }: Pick<DataDir, 'log' | 'state'>): BackupDeps['sources'] {
  const atRest = (from: string): CopyableFile => ({
    async copyTo(file) {
      const db = openWithoutMigrating(from);
      try {
        await startOnlineCopy(db, file).done;
      } finally {
        db.close();
      }
    },
  });
  return { 'log.db': atRest(log), 'state.db': atRest(state) };
}

/** Makes a folder for copies, or takes the one that is there. @throws ConveyError where something else has its name. */
export function makeCopiesFolder(folder: string): void {
  const there = lstatSync(folder, { throwIfNoEntry: false });
  if (!there) mkdirSync(folder, { mode: 0o700 });
  else if (!there.isDirectory())
    throw new ConveyError(`${folder} is in the way`, 'Move it away: Convey needs this name for copies');
}

/** Removes copies and what lies beside them under these names, and the folder where nothing else is left in it. */
export function removeTempCopies(folder: string, ...beside: readonly string[]): void {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const names = backedUpFiles.flatMap((name) => ['', '-journal', '-wal', '-shm'].map((end) => name + end));
  for (const name of [...names, ...beside]) rmSync(join(folder, name), { force: true });
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Hands the copies over as one archive. `end` is called once, when it was read or is given up. */
function streamOf(folder: string, { version, at }: { version: string; at: Date }, end: () => void): BackupStream {
  const about = Buffer.from(`${JSON.stringify({ format: 1, version, madeAt: at.toISOString() })}\n`);
  const sizes = backedUpFiles.map((name) => statSync(join(folder, name)).size);
  const sumsBytes = [manifestName, ...backedUpFiles].reduce(
    (sum, name) => sum + formatChecksumLine('0'.repeat(64), name).length,
    0,
  );

  async function* entries(): AsyncGenerator<TarEntry> {
    let sums = '';
    const summed = (name: string, bytes: number, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): TarEntry => {
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
    yield summed(manifestName, about.byteLength, [about]);
    for (const [index, name] of backedUpFiles.entries())
      yield summed(name, sizes[index] ?? 0, createReadStream(join(folder, name)));
    yield { name: checksumsName, bytes: sumsBytes, content: [Buffer.from(sums)] };
  }

  const idle = setTimeout(() => readable.destroy(new Error('nobody reads the backup')), patienceMs).unref();
  async function* asRead(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packTar(entries(), at)) {
      idle.refresh();
      yield chunk;
    }
  }
  const readable = Readable.from(asRead(), { objectMode: false, highWaterMark: 65_536 });
  readable.on('error', () => {}); // whoever reads it is told by the stream that they have
  readable.once('close', () => {
    clearTimeout(idle);
    end();
  });
  return { stream: Readable.toWeb(readable), bytes: tarSize([about.byteLength, ...sizes, sumsBytes]) };
}

/** As `sha256sum --check` reads it. */
export function formatChecksumLine(sum: string, name: string): string {
  return `${sum}  ${name}\n`;
}
