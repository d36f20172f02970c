import type { UnixMs } from '../../event/units.ts';

/** The progress of the import of one file. It holds neither the file's name nor a value of its rows. */
export interface StoredImport {
  readonly site: string;
  /** 32 hexadecimal digits of the SHA-256 over the file and the mapping of its columns. */
  readonly id: string;
  /** The last line of the file whose result is durable; 0 before the first. */
  readonly line: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
  readonly startedAt: UnixMs;
  readonly updatedAt: UnixMs;
  /** When the last row was durable. */
  readonly finishedAt?: UnixMs;
}

/** Rows of an import that are durable, from the line after `after` through `line`. */
export interface ImportStep {
  readonly after: number;
  readonly line: number;
  readonly accepted: number;
  readonly repeated: number;
  readonly refused: number;
  readonly isFinished: boolean;
}

/** The progress of imports. Its contract: `imports.contract.ts`. */
export interface ImportStore {
  /** Lists the imports of a site, the last changed first. */
  listImports(site: string): Promise<readonly StoredImport[]>;
  findImport(site: string, id: string): Promise<StoredImport | undefined>;
  /** Starts an import, or returns the one with this id. Keeps the `most` imports of the site that changed last. */
  startImport(site: string, id: string, now: UnixMs, most: number): Promise<StoredImport>;
  /** Adds a step. Returns `false` if the import is not at `after`, because another process has gone on with it. */
  advanceImport(site: string, id: string, step: ImportStep, now: UnixMs): Promise<boolean>;
}
