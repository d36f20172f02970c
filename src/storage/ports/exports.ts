import type { UnixMs } from '../../event/units.ts';

/** An export of a person's data that is complete. */
export interface StoredExport {
  readonly id: string;
  readonly site: string;
  readonly askedBy: string;
  readonly madeAt: UnixMs;
  readonly bytes: number;
}

/** Exports of personal data in chunks, so that every process on the store can hand them over. */
export interface ExportStore {
  /** Adds the chunk at a position, from 0. The export is not listed before it is finished. */
  addChunk(of: Pick<StoredExport, 'id' | 'site'>, position: number, bytes: Uint8Array): Promise<void>;
  /** Returns false if another process has removed its chunks. */
  finishExport(finished: StoredExport): Promise<boolean>;
  /** Lists the finished exports of a site, the newest first; of all sites without one. */
  listExports(site?: string): Promise<readonly StoredExport[]>;
  /** Returns a chunk; `undefined` after the last one, or if the export was removed. */
  readChunk(id: string, position: number): Promise<Uint8Array | undefined>;
  /** Removes an export with its chunks, finished or not. Returns whether it was finished. */
  removeExport(id: string): Promise<boolean>;
  /** Removes the chunks of a site's unfinished exports; without a site, of those to which no process added a chunk for a day. */
  removeUnfinishedExports(site?: string): Promise<void>;
}
