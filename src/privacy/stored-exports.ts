import { randomBytes } from 'node:crypto';
import type { ExportStore, StoredExport } from '../storage/ports/exports.ts';
import { type ExportFile, type ExportFiles, getExportExpiry, isAboutPerson, readFirstLine } from './export-files.ts';

const chunkBytes = 512 * 1024;

/** Creates the exports of processes that share a store. Each of them lists, reads and removes the exports of all. */
export function createStoredExports(store: ExportStore): ExportFiles {
  const find = async (site: string, id: string) => (await store.listExports(site)).find((one) => one.id === id);
  const iterateChunks = async function* (id: string) {
    for (let position = 0; ; position += 1) {
      const bytes = await store.readChunk(id, position);
      if (!bytes) return;
      yield bytes;
    }
  };
  const iterateWhole = async function* ({ id, bytes }: StoredExport) {
    let left = bytes;
    for await (const chunk of iterateChunks(id)) {
      left -= chunk.byteLength;
      yield chunk;
    }
    if (left !== 0) throw new Error(`the export ${id} was removed while it was read`);
  };
  return {
    async write(site, askedBy, now, chunks) {
      const id = randomBytes(8).toString('hex');
      let [position, bytes] = [0, 0];
      let waiting: Buffer[] = [];
      const flush = async () => {
        const chunk = Buffer.concat(waiting);
        waiting = [];
        bytes += chunk.length;
        if (chunk.length > 0) await store.addChunk({ id, site }, position++, chunk);
      };
      try {
        let waitingBytes = 0;
        for await (const text of chunks) {
          const part = Buffer.from(text);
          waiting.push(part);
          waitingBytes += part.length;
          if (waitingBytes < chunkBytes) continue;
          await flush();
          waitingBytes = 0;
        }
        await flush();
        if (!(await store.finishExport({ id, site, askedBy, madeAt: now, bytes })))
          throw new Error(`the export ${id} was removed while it was written`);
      } catch (error) {
        // If this fails, the next sweep removes the chunks.
        await store.removeExport(id).catch(() => undefined);
        throw error;
      }
      return { id, askedBy, madeAt: now, keptUntil: getExportExpiry(now), bytes };
    },

    list: async (site) => (await store.listExports(site)).map(toFile),

    async read(site, id) {
      const found = await find(site, id);
      return found && ReadableStream.from(iterateWhole(found));
    },

    async remove(site, id) {
      return (await find(site, id)) !== undefined && store.removeExport(id);
    },

    removeUnfinished: (site) => store.removeUnfinishedExports(site),

    async ofPerson(site, keys) {
      const files: ExportFile[] = [];
      for (const one of await store.listExports(site)) {
        if (isAboutPerson(await readFirstLine(iterateChunks(one.id)), keys)) files.push(toFile(one));
      }
      return files;
    },

    async removeOld(site, now) {
      await store.removeUnfinishedExports();
      const old = (await store.listExports(site)).filter(({ madeAt }) => getExportExpiry(madeAt) <= now);
      for (const { id } of old) await store.removeExport(id);
      return old.length;
    },

    async askedByShops() {
      const counts = new Map<string, number>();
      for (const { site, askedBy } of await store.listExports())
        if (askedBy === 'shop') counts.set(site, (counts.get(site) ?? 0) + 1);
      return counts;
    },

    async sites() {
      return [...new Set((await store.listExports()).map(({ site }) => site))];
    },
  };
}

function toFile({ id, askedBy, madeAt, bytes }: StoredExport): ExportFile {
  return { id, askedBy: askedBy === 'shop' ? 'shop' : 'operator', madeAt, keptUntil: getExportExpiry(madeAt), bytes };
}
