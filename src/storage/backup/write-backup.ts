import { createWriteStream, existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConveyError, errorMessage, errors } from '../../errors.ts';
import { openDataDir } from '../disk/data-dir.ts';
import { freeDiskBytes, fsyncDirectory } from '../disk/disk.ts';
import { diskReserveBytes } from '../disk/disk-space.ts';
import { assertUndamaged } from '../recovery/assert-undamaged.ts';
import { type BackupStream, createBackups, createOfflineSources } from './create-backup.ts';
import { type BackupManifest, type OnProgress, readBackup } from './restore-backup.ts';

export interface BackupTarget {
  /** Absolute. */
  readonly file: string;
  readonly overwrite: boolean;
  readonly dataDir: string;
}

/** What Convey has in the data folder. */
const own = /^(log\.db.*|state\.db.*|\.convey-.*|convey\.(lock|pid)|admin\.sock|exports|reserve|secrets\.key)$/;

/** @throws ConveyError where a file is in the place that may not be written over, or the place is one of Convey's own. */
export function assertTargetFree({ file, overwrite, dataDir }: BackupTarget): void {
  const [first = ''] = relative(asItLies(dataDir), join(asItLies(dirname(file)), basename(file))).split(sep);
  if (own.test(first)) throw new ConveyError(`${file} belongs to the data folder`, 'Name a file elsewhere');
  if (overwrite || !existsSync(file)) return;
  throw new ConveyError(`There is a file ${file} already`, 'Name another one, or call it again with --force');
}

/** Without links, as far as the path is there. */
function asItLies(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const above = dirname(path);
  return above === path ? path : join(asItLies(above), basename(path));
}

/**
 * Writes a backup into a file with mode 0600 and reads it back from the disk. The file has its name only once it is whole.
 * @param onProgress is told twice of every byte: when it is written, and when it was read back.
 * @throws ConveyError; nothing is left then, and a file that was there is as it was.
 */
export async function writeBackup(
  { stream, bytes }: BackupStream,
  target: BackupTarget,
  onProgress: OnProgress,
): Promise<BackupManifest> {
  const { file, dataDir } = target;
  const part = `${file}.part`;
  try {
    const folder = dirname(file);
    const needed = bytes + (statSync(folder).dev === statSync(dataDir).dev ? diskReserveBytes : 0);
    if (freeDiskBytes(folder) < needed) {
      const free = `Free ${Math.ceil(needed / 1024 / 1024)} MiB there, or name a file on another disk`;
      throw new ConveyError(`The disk of ${folder} has too little free space for the backup`, free);
    }
    rmSync(part, { force: true }); // left by one that was cut off
    let written = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        written += chunk.byteLength;
        onProgress(written, 2 * bytes);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(stream), counted, createWriteStream(part, { mode: 0o600, flags: 'wx', flush: true }));
    if (written !== bytes)
      throw new ConveyError('The backup broke off before its end', 'Look at the log of the gateway, and try again');
    const about = await readBackup(part, (done) => onProgress(bytes + done, 2 * bytes));
    assertTargetFree(target);
    renameSync(part, file);
    fsyncDirectory(folder);
    return about;
  } catch (error) {
    await stream.cancel().catch(() => undefined);
    rmSync(part, { force: true });
    if (error instanceof ConveyError) throw error;
    throw new ConveyError(
      `The backup ${file} cannot be written: ${errorMessage(error)}`,
      'Check the folder and its disk, and try again',
    );
  }
}

/**
 * Makes a backup of a data folder on which no gateway runs, and hands it to `take`. The files stay of the version that wrote them.
 * @throws ConveyError where nothing is kept in the folder, a gateway is running on it, or a start has to salvage a file first.
 */
export async function backupOffline<T>(dir: string, version: string, take: (backup: BackupStream) => Promise<T>): Promise<T> {
  if (!existsSync(`${dir}/log.db`)) {
    throw new ConveyError(`Nothing is kept in the data folder ${dir}`, 'Name the config file of the gateway with --config');
  }
  const dataDir = openDataDir(dir);
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const alone = <W>(work: () => Promise<W>) => work();
    const backup = await createBackups({
      dataDir,
      sources: createOfflineSources(dataDir),
      version,
      now: Date.now,
      runExclusive: alone,
    }).make();
    if (typeof backup !== 'string') return await take(backup);
    const { what, remedy } = errors[backup];
    throw new ConveyError(what, remedy);
  } finally {
    dataDir.release();
  }
}
