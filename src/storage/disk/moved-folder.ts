import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConveyError } from '../../errors.ts';
import { fsyncDirectory } from './disk.ts';

/** Exists from the begin of a move of the folder's data into a database. */
const movingName = 'migrating';
/** The same file, once all data is in the database. No gateway starts on the folder from then on. */
const movedName = 'migrated';

const markSchema = z.object({ id: z.string(), database: z.string() });

/** The mark of a data folder whose data moves into a database. */
export interface MoveMark {
  /** Names the move in the database. */
  readonly id: string;
  /** The host, port and name of the database. */
  readonly database: string;
  readonly isMoved: boolean;
}

/**
 * Returns the mark of a folder for its move to a database. Another database gets another id, or a folder could be moved to both.
 * @param hasMove returns whether a database has a move with this id: it may be known by several names.
 */
export async function beginFolderMove(
  dir: string,
  database: string,
  hasMove: (id: string) => Promise<boolean>,
): Promise<MoveMark> {
  const mark = readMark(dir);
  if (mark?.isMoved || mark?.database === database) return mark;
  const begun = { id: mark && (await hasMove(mark.id)) ? mark.id : randomUUID(), database };
  const file = join(dir, movingName);
  writeFileSync(`${file}.new`, `${JSON.stringify(begun)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  fsyncDirectory(dir);
  return { ...begun, isMoved: false };
}

/**
 * Marks a folder as moved, so that no gateway starts on it. Survives a power failure.
 * @throws ConveyError if a move to another database has begun since.
 */
export function markMoved(dir: string, id: string): void {
  const mark = readMark(dir);
  if (mark?.id !== id)
    throw new ConveyError(
      `A move of ${dir} to another database has begun`,
      'Call `convey migrate --to` with the one that you want, and with no other',
    );
  if (mark.isMoved) return;
  renameSync(join(dir, movingName), join(dir, movedName));
  fsyncDirectory(dir);
}

/** Returns whether a move of the folder into a database has begun and not ended. */
export function isFolderMoving(dir: string): boolean {
  return existsSync(join(dir, movingName));
}

/** @throws ConveyError if the data of the folder was moved into a database. */
export function assertNotMoved(dir: string): void {
  const mark = readMark(dir);
  if (!mark?.isMoved) return;
  throw new ConveyError(
    `The data of ${dir} was moved to the database ${mark.database}`,
    'Set `store` to that database, and `dataDir` to another folder. If the move was cut off, call `convey migrate --to` again',
  );
}

function readMark(dir: string): MoveMark | undefined {
  for (const [name, isMoved] of [
    [movedName, true],
    [movingName, false],
  ] as const) {
    if (!existsSync(join(dir, name))) continue;
    try {
      return { ...markSchema.parse(JSON.parse(readFileSync(join(dir, name), 'utf8'))), isMoved };
    } catch {
      // Another user's file. The folder must stay out of use.
      if (isMoved) return { id: '', database: `that ${join(dir, name)} names`, isMoved };
    }
  }
  return undefined;
}
