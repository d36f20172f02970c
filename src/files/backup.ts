import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { ConveyError } from '../errors.ts';
import { diskReserveBytes } from '../log/log.ts';
import { check } from '../sqlite/check.ts';
import { copyInto } from '../sqlite/copy.ts';
import { openUnchanged } from '../sqlite/open.ts';
import { bytesOnDisk, type InOneFile } from '../sqlite.ts';
import type { DataDir } from '../store/data-dir.ts';
import { freeBytesOf } from './disk.ts';
import { pack, type TarEntry, tarBytes } from './tar.ts';

/** What a backup holds, in the order in which it stands there. */
export const aboutName = 'convey-backup.json';
export const sumsName = 'SHA256SUMS';
/** The state first: then the log is at least as new, and no cursor of the state stands beyond its end. */
export const copied = ['state.db', 'log.db'] as const;
type Copied = (typeof copied)[number];

/** Whoever does not read on for so long has gone. */
const patienceMs = 60_000;

export interface BackupParts {
  readonly dataDir: Pick<DataDir, 'log' | 'state' | 'backup'>;
  readonly sources: Readonly<Record<Copied, InOneFile>>;
  /** The version that makes it. */
  readonly version: string;
  readonly now: () => number;
  /** Keeps removals away while both files are copied. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** How much room the data folder's disk has; asks the disk by default. */
  readonly freeBytes?: () => number;
}

/** A whole backup, as it leaves. */
export interface BackupStream {
  readonly stream: ReadableStream<Uint8Array>;
  readonly bytes: number;
}

/** Why none was made. */
export type BackupRefused = 'backup-running' | 'backup-no-room';

/** Makes backups, one at a time. Copies lie in a folder of the data folder until they are handed over, or nobody reads on. */
export function backups({ dataDir, sources, version, now, alone, freeBytes }: BackupParts) {
  const { backup: folder } = dataDir;
  const remove = () => removeCopies(folder);
  const files: Readonly<Record<Copied, string>> = { 'log.db': dataDir.log, 'state.db': dataDir.state };
  const free = freeBytes ?? (() => freeBytesOf(dirname(dataDir.log)));
  let isRunning = false;
  remove(); // left by a crash

  const copyAll = async () => {
    makeCopiesFolder(folder);
    await alone(async () => {
      for (const name of copied) await sources[name].copyTo(join(folder, name));
    });
    for (const name of copied) {
      const [problem] = await check(join(folder, name), true).problems;
      if (problem !== undefined) throw new Error(`the copy of ${files[name]} is damaged: ${problem}`);
    }
  };

  return {
    /** @throws where a file cannot be copied, or is damaged. */
    async make(): Promise<BackupStream | BackupRefused> {
      if (isRunning) return 'backup-running';
      const needed = copied.reduce((sum, name) => sum + bytesOnDisk(files[name]), diskReserveBytes);
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
export function filesAtRest({ log, state }: Pick<DataDir, 'log' | 'state'>): BackupParts['sources'] {
  const atRest = (from: string): InOneFile => ({
    async copyTo(file) {
      const db = openUnchanged(from);
      try {
        await copyInto(db, file).done;
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
export function removeCopies(folder: string, ...beside: readonly string[]): void {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const names = copied.flatMap((name) => ['', '-journal', '-wal', '-shm'].map((end) => name + end));
  for (const name of [...names, ...beside]) rmSync(join(folder, name), { force: true });
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Hands the copies over as one archive. `end` is called once, when it was read or is given up. */
function streamOf(folder: string, { version, at }: { version: string; at: Date }, end: () => void): BackupStream {
  const about = Buffer.from(`${JSON.stringify({ format: 1, version, madeAt: at.toISOString() })}\n`);
  const sizes = copied.map((name) => statSync(join(folder, name)).size);
  const sumsBytes = [aboutName, ...copied].reduce((sum, name) => sum + sumLine('0'.repeat(64), name).length, 0);

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
          sums += sumLine(hash.digest('hex'), name);
        })(),
      };
    };
    yield summed(aboutName, about.byteLength, [about]);
    for (const [index, name] of copied.entries()) yield summed(name, sizes[index] ?? 0, createReadStream(join(folder, name)));
    yield { name: sumsName, bytes: sumsBytes, content: [Buffer.from(sums)] };
  }

  const idle = setTimeout(() => readable.destroy(new Error('nobody reads the backup')), patienceMs).unref();
  async function* asRead(): AsyncGenerator<Uint8Array> {
    for await (const chunk of pack(entries(), at)) {
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
  return { stream: Readable.toWeb(readable), bytes: tarBytes([about.byteLength, ...sizes, sumsBytes]) };
}

/** As `sha256sum --check` reads it. */
export function sumLine(sum: string, name: string): string {
  return `${sum}  ${name}\n`;
}
