import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { dayMs, type UnixMs } from '../event/units.ts';

/** Who wanted the file: the shop, for a customer who asked it, or whoever runs Convey. */
export type AskedBy = 'shop' | 'operator';

/** A file that waits to be handed to the person whom it is about. */
export interface ExportFile {
  readonly id: string;
  readonly askedBy: AskedBy;
  readonly madeAt: UnixMs;
  /** The first sweep after it takes the file away. */
  readonly keptUntil: UnixMs;
  readonly bytes: number;
}

/** The files of exports, in a folder of their own that this machine's user alone may read. */
export interface ExportFiles {
  /** Writes the chunks one after another. The file is there whole and durable, or it is not there. */
  write(site: string, askedBy: AskedBy, now: UnixMs, chunks: AsyncIterable<string>): Promise<ExportFile>;
  /** The newest first. */
  list(site: string): Promise<readonly ExportFile[]>;
  /** `undefined` where there is no such file. */
  read(site: string, id: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Whether it was there. */
  remove(site: string, id: string): Promise<boolean>;
  /** Those about a person who is found by one of these keys, and those that cannot be read. */
  ofPerson(site: string, keys: ReadonlySet<string>): Promise<readonly ExportFile[]>;
  /** Answers how many went. */
  removeOld(site: string, now: UnixMs): Promise<number>;
  /** How many each site's shop asked for, where it asked for any. */
  askedByShops(): Promise<ReadonlyMap<string, number>>;
  /** Sites that a file is of. */
  sites(): Promise<readonly string[]>;
}

const keptMs = 30 * dayMs;
/** No site's id holds a dot. */
const nameForm = /^([a-z0-9][a-z0-9-]*)\.(shop|operator)\.([0-9a-f]{16})\.json$/;
const unfinished = '.part';
/** Far more than the keys of any person. */
const mostHeadBytes = 4 * 1024 * 1024;

/** Opens the folder; it is made with the first file. What an interrupted write left is removed. */
export async function openExportFiles(folder: string): Promise<ExportFiles> {
  for (const name of await namesIn(folder)) if (name.endsWith(unfinished)) await rm(join(folder, name), { force: true });

  const filesOf = async (site: string): Promise<readonly (ExportFile & { readonly path: string })[]> => {
    const found = (await namesIn(folder)).flatMap((name) => {
      const [, of, askedBy, id] = nameForm.exec(name) ?? [];
      if (of !== site || id === undefined || (askedBy !== 'shop' && askedBy !== 'operator')) return [];
      return [{ id, askedBy, path: join(folder, name) } as const];
    });
    const files = await Promise.all(
      found.map(async (one) => {
        const known = await orNothing(stat(one.path));
        const madeAt = Math.round(known?.mtimeMs ?? 0);
        return known ? [{ ...one, madeAt, keptUntil: madeAt + keptMs, bytes: known.size }] : [];
      }),
    );
    return files.flat().toSorted((a, b) => b.madeAt - a.madeAt || (a.id < b.id ? -1 : 1));
  };
  const find = async (site: string, id: string) => (await filesOf(site)).find((one) => one.id === id);
  const described = ({ id, askedBy, madeAt, keptUntil, bytes }: ExportFile): ExportFile => {
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
      return { id, askedBy, madeAt: now, keptUntil: now + keptMs, bytes: size };
    },

    list: async (site) => (await filesOf(site)).map(described),

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

    async ofPerson(site, keys) {
      const theirs: ExportFile[] = [];
      for (const one of await filesOf(site)) {
        const head = await orNothing(headOf(one.path));
        if (head === undefined) continue;
        const foundBy = foundByIn(head);
        if (!foundBy || foundBy.some((key) => keys.has(key))) theirs.push(described(one));
      }
      return theirs;
    },

    async removeOld(site, now) {
      const old = (await filesOf(site)).filter(({ keptUntil }) => keptUntil <= now);
      for (const { path } of old) await rm(path, { force: true });
      return old.length;
    },

    async askedByShops() {
      const counts = new Map<string, number>();
      for (const name of await namesIn(folder)) {
        const [, site, askedBy] = nameForm.exec(name) ?? [];
        if (site !== undefined && askedBy === 'shop') counts.set(site, (counts.get(site) ?? 0) + 1);
      }
      return counts;
    },

    async sites() {
      const all = (await namesIn(folder)).flatMap((name) => nameForm.exec(name)?.[1] ?? []);
      return [...new Set(all)];
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await orNothing(readdir(folder))) ?? [];
}

/** Somebody may have removed it meanwhile, or not have made it yet. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const headSchema = z.object({ foundBy: z.array(z.string()) });

/** The first line says whose it is; the rest may be hundreds of megabytes. */
async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    let head = '';
    for await (const chunk of file.createReadStream({ encoding: 'utf8', end: mostHeadBytes, autoClose: false })) {
      const end = String(chunk).indexOf('\n');
      if (end >= 0) return head + String(chunk).slice(0, end);
      head += chunk;
    }
    return head;
  } finally {
    await file.close();
  }
}

/** `undefined` of a file that the disk damaged: nobody knows any more whose it is not. */
function foundByIn(head: string): readonly string[] | undefined {
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
