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

/** Names that Convey uses in the data folder. */
const ownNames =
  /^(log\.db.*|state\.db.*|\.convey-.*|convey\.(lock|pid)|admin\.sock|exports|reserve|node\.id|secrets\.key|migrat(ing|ed))$/;

/** @throws ConveyError if the target exists and must not be overwritten, or is one of Convey's files in the data folder. */
export function assertTargetFree({ file, overwrite, dataDir }: BackupTarget): void {
  const [first = ''] = relative(resolveLinks(dataDir), join(resolveLinks(dirname(file)), basename(file))).split(sep);
  if (ownNames.test(first)) throw new ConveyError(`${file} belongs to the data folder`, 'Name a file elsewhere');
  if (overwrite || !existsSync(file)) return;
  throw new ConveyError(`The file ${file} already exists`, 'Name another file, or repeat the command with --force');
}

/** Resolves the links in the part of a path that exists. */
function resolveLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(resolveLinks(parent), basename(path));
}

/**
 * Writes a backup to a file with mode 0600 and reads it back from the disk. The file gets its name when it is complete.
 * @param onProgress counts every byte twice: when it is written, and when it is read back.
 * @throws ConveyError; it leaves no new file and an existing one unchanged.
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
      const remedy = `Free ${Math.ceil(needed / 1024 / 1024)} MiB there, or name a file on another disk`;
      throw new ConveyError(`The disk of ${folder} has too little free space for the backup`, remedy);
    }
    rmSync(part, { force: true }); // left by an interrupted backup
    let written = 0;
    const countBytes = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        written += chunk.byteLength;
        onProgress(written, 2 * bytes);
        yield chunk;
      }
    };
    await pipeline(Readable.fromWeb(stream), countBytes, createWriteStream(part, { mode: 0o600, flags: 'wx', flush: true }));
    if (written !== bytes) throw new ConveyError('The backup ended too early', "Read the gateway's log, and try again");
    const manifest = await readBackup(part, (done) => onProgress(bytes + done, 2 * bytes));
    assertTargetFree(target);
    renameSync(part, file);
    fsyncDirectory(folder);
    return manifest;
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
 * Makes a backup of a data folder without a running gateway, and passes it to `use`. The files keep their schema.
 * @throws ConveyError if the folder holds no data, a gateway uses it, or a start must salvage a file first.
 */
export async function backupOffline<T>(dir: string, version: string, use: (backup: BackupStream) => Promise<T>): Promise<T> {
  if (!existsSync(`${dir}/log.db`)) {
    throw new ConveyError(`The data folder ${dir} is empty`, 'Name the config file of the gateway with --config');
  }
  const dataDir = openDataDir(dir);
  try {
    assertUndamaged(dataDir.log, dataDir.state);
    const runExclusive = <W>(work: () => Promise<W>) => work();
    const sources = createOfflineSources(dataDir);
    const backup = await createBackups({ dataDir, sources, version, now: Date.now, runExclusive }).make();
    if (typeof backup !== 'string') return await use(backup);
    const { what, remedy } = errors[backup];
    throw new ConveyError(what, remedy);
  } finally {
    dataDir.release();
  }
}
