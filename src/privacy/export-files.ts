import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { dayMs, type UnixMs } from '../event/units.ts';

/** The requester of a file: the shop for its customer, or an operator of Convey. */
export type ExportRequester = 'shop' | 'operator';

/** A file with the data of a person, to be handed over to them. */
export interface ExportFile {
  readonly id: string;
  readonly askedBy: ExportRequester;
  readonly madeAt: UnixMs;
  /** The first sweep after this time removes the file. */
  readonly keptUntil: UnixMs;
  readonly bytes: number;
}

/** Export files, which only owners may read. */
export interface ExportFiles {
  /** Writes the chunks in order. The file appears only when it is complete and durable. */
  write(site: string, askedBy: ExportRequester, now: UnixMs, chunks: AsyncIterable<string>): Promise<ExportFile>;
  /** Lists the files of a site, the newest first. */
  list(site: string): Promise<readonly ExportFile[]>;
  /** Opens a file; `undefined` if it does not exist. */
  read(site: string, id: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Removes a file. Returns whether it existed. */
  remove(site: string, id: string): Promise<boolean>;
  /** Removes the parts of a site's files that were not finished. The caller has the lock of the site's privacy requests. */
  removeUnfinished(site: string): Promise<void>;
  /** Lists the files about a person with one of these keys, and the unreadable files. */
  ofPerson(site: string, keys: ReadonlySet<string>): Promise<readonly ExportFile[]>;
  /** Removes the expired files of a site and returns their number. */
  removeOld(site: string, now: UnixMs): Promise<number>;
  /** Counts the files that shops requested, by site. */
  askedByShops(): Promise<ReadonlyMap<string, number>>;
  /** Lists the sites that have files. */
  sites(): Promise<readonly string[]>;
}

const keptMs = 30 * dayMs;

export function getExportExpiry(madeAt: UnixMs): UnixMs {
  return madeAt + keptMs;
}

/** Site ids never contain a dot. */
const nameForm = /^([a-z0-9][a-z0-9-]*)\.(shop|operator)\.([0-9a-f]{16})\.json$/;
const unfinished = '.part';
/** Far more than the keys of one person. */
const mostHeadBytes = 4 * 1024 * 1024;

/** Opens a folder of files that only the gateway's user may read, and removes incomplete ones. It is created with the first file. */
export async function openExportFiles(folder: string): Promise<ExportFiles> {
  for (const name of await listNames(folder)) if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true });

  const listFiles = async (site: string): Promise<readonly (ExportFile & { readonly path: string })[]> => {
    const found = (await listNames(folder)).flatMap((name) => {
      const [, of, askedBy, id] = nameForm.exec(name) ?? [];
      if (of !== site || id === undefined || (askedBy !== 'shop' && askedBy !== 'operator')) return [];
      return [{ id, askedBy, path: join(folder, name) } as const];
    });
    const files = await Promise.all(
      found.map(async (one) => {
        const stats = await ignoreMissing(stat(one.path));
        const madeAt = Math.round(stats?.mtimeMs ?? 0);
        return stats ? [{ ...one, madeAt, keptUntil: getExportExpiry(madeAt), bytes: stats.size }] : [];
      }),
    );
    return files.flat().toSorted((a, b) => b.madeAt - a.madeAt || (a.id < b.id ? -1 : 1));
  };
  const find = async (site: string, id: string) => (await listFiles(site)).find((one) => one.id === id);
  const withoutPath = ({ id, askedBy, madeAt, keptUntil, bytes }: ExportFile): ExportFile => {
    return { id, askedBy, madeAt, keptUntil, bytes };
  };

  return {
    async write(site, askedBy, now, chunks) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const id = randomBytes(8).toString('hex');
      const path = join(folder, `${site}.${askedBy}.${id}.json`);
      try {
        const file = await open(`${path}${unfinished}`, 'wx', 0o600);
        try {
          for await (const chunk of chunks) await file.appendFile(chunk);
          await file.sync();
        } finally {
          await file.close();
        }
        await utimes(`${path}${unfinished}`, now / 1_000, now / 1_000);
        await rename(`${path}${unfinished}`, path);
        await syncFolder(folder);
      } catch (error) {
        await rm(`${path}${unfinished}`, { force: true });
        throw error;
      }
      const { size } = await stat(path);
      return { id, askedBy, madeAt: now, keptUntil: getExportExpiry(now), bytes: size };
    },

    list: async (site) => (await listFiles(site)).map(withoutPath),

    async read(site, id) {
      const found = await find(site, id);
      if (!found) return undefined;
      const file = await open(found.path);
      return Readable.toWeb(file.createReadStream());
    },

    async remove(site, id) {
      const found = await find(site, id);
      if (found) await rm(found.path, { force: true });
      return found !== undefined;
    },

    // Opening the folder has removed them.
    async removeUnfinished() {},

    async ofPerson(site, keys) {
      const files: ExportFile[] = [];
      for (const one of await listFiles(site)) {
        const head = await ignoreMissing(readFileHead(one.path));
        if (head !== undefined && isAboutPerson(head, keys)) files.push(withoutPath(one));
      }
      return files;
    },

    async removeOld(site, now) {
      const old = (await listFiles(site)).filter(({ keptUntil }) => keptUntil <= now);
      for (const { path } of old) await rm(path, { force: true });
      return old.length;
    },

    async askedByShops() {
      const counts = new Map<string, number>();
      for (const name of await listNames(folder)) {
        const [, site, askedBy] = nameForm.exec(name) ?? [];
        if (site !== undefined && askedBy === 'shop') counts.set(site, (counts.get(site) ?? 0) + 1);
      }
      return counts;
    },

    async sites() {
      const all = (await listNames(folder)).flatMap((name) => nameForm.exec(name)?.[1] ?? []);
      return [...new Set(all)];
    },
  };
}

async function listNames(folder: string): Promise<readonly string[]> {
  return (await ignoreMissing(readdir(folder))) ?? [];
}

/** Resolves to `undefined` if the file does not exist: it may have been removed meanwhile, or not been created yet. */
async function ignoreMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const headSchema = z.object({ foundBy: z.array(z.string()) });

async function readFileHead(path: string): Promise<string> {
  const file = await open(path);
  try {
    return await readFirstLine(file.createReadStream({ autoClose: false }));
  } finally {
    await file.close();
  }
}

/** Reads the first line, which identifies the person. The rest may be hundreds of megabytes. */
export async function readFirstLine(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const end = chunk.indexOf(newLine);
    parts.push(end < 0 ? chunk : chunk.subarray(0, end));
    bytes += chunk.byteLength;
    if (end >= 0 || bytes > mostHeadBytes) break;
  }
  return Buffer.concat(parts).toString();
}

const newLine = 0x0a;

/** Returns whether the person of a first line has one of these keys. A damaged export may be about any person. */
export function isAboutPerson(head: string, keys: ReadonlySet<string>): boolean {
  const foundBy = parseReasons(head);
  return !foundBy || foundBy.some((key) => keys.has(key));
}

/** Parses the keys in the first line; `undefined` if it is damaged. */
function parseReasons(head: string): readonly string[] | undefined {
  try {
    return headSchema.safeParse(JSON.parse(`${head.replace(/,$/, '')}}`)).data?.foundBy;
  } catch {
    return undefined;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
