import { setImmediate as nextTurn } from 'node:timers/promises';
import { mergeConsentTimes, type NullableConsentTimes } from '../../../visitors/consent-times.ts';
import { decodeProfile } from '../../../visitors/decode-profile.ts';
import { emptyProfile } from '../../../visitors/empty-profile.ts';
import { encodeProfile, maxProfileBytes } from '../../../visitors/profile-encoding.ts';
import type { VisitorProfile } from '../../../visitors/visitor-profile.ts';
import {
  type DroppedProfiles,
  maxResponseBytes,
  type ProfileRow,
  type ProfilesToDrop,
  ProfilesTooLargeError,
  visitorsAtOnce,
} from '../../ports/visitor-profiles.ts';

export interface StoredProfile {
  readonly visitor: string;
  readonly profile: string;
}

export interface ProfileSize {
  readonly visitor: string;
  readonly bytes: number;
}

export function toProfileRow({ visitor, profile: stored }: StoredProfile): ProfileRow {
  const profile = decodeProfile(stored);
  return { visitor, profile, stored, isOutdated: encodeProfile(profile) !== stored };
}

/**
 * The newest links of a visitor that are searched for checkouts. They cover many weeks. A visitor id that many people share may have any
 * number of links.
 */
export const newestLinks = 256;

/** @throws ProfilesTooLargeError */
export function assertReadableAtOnce(sizes: readonly ProfileSize[]): void {
  const responseBytes = sizes.reduce((sum, { bytes }) => sum + Math.min(bytes, maxProfileBytes), 0);
  if (responseBytes > maxResponseBytes && sizes.length > visitorsAtOnce)
    throw new ProfilesTooLargeError(`The profiles of ${sizes.length} visitors have ${responseBytes} bytes. Read fewer at once`);
}

/** The bytes that are read at once. Larger slices would delay other reads. */
const sliceBytes = 1_024 * 1_024;

/** Splits rows into consecutive slices, none larger than `sliceBytes` unless it is a single row. */
export function sliceBySize<Row extends { readonly bytes: number }>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const slices: Row[][] = [];
  let left = 0;
  for (const row of rows) {
    const last = slices.at(-1);
    if (last && row.bytes <= left) last.push(row);
    else slices.push([row]);
    left = (last && row.bytes <= left ? left : sliceBytes) - row.bytes;
  }
  return slices;
}

/** Returns a profile that has only consent choices; `undefined` if there are none. */
export function createChoiceProfile(times: NullableConsentTimes): VisitorProfile | undefined {
  const chosen = mergeConsentTimes(times);
  return Object.keys(chosen).length > 0 ? { ...emptyProfile, ...chosen } : undefined;
}

const rowsAtOnce = 1_000;

interface ProfileDrop {
  readonly readSize: (visitor: string) => Promise<readonly ProfileSize[]>;
  /** Reads the sizes of the profiles after a visitor. */
  readonly readPage: (after: string, limit: number) => Promise<readonly ProfileSize[]>;
  readonly remove: (visitors: readonly string[]) => Promise<unknown>;
}

/** Removes the profiles that `which` names, a bounded number of them at a time. */
export async function dropInPages(
  { readSize, readPage, remove }: ProfileDrop,
  which: ProfilesToDrop,
  dryRun: boolean,
): Promise<DroppedProfiles> {
  const dropped = { profiles: 0, bytes: 0 };
  const drop = async (found: readonly ProfileSize[]) => {
    dropped.profiles += found.length;
    for (const { bytes } of found) dropped.bytes += bytes;
    const visitors = found.map(({ visitor }) => visitor);
    if (!dryRun && visitors.length > 0) await remove(visitors);
  };
  if ('visitor' in which) {
    await drop(await readSize(which.visitor));
    return dropped;
  }
  for (let after = ''; ; await nextTurn()) {
    const page = await readPage(after, rowsAtOnce);
    const last = page.at(-1);
    if (!last) return dropped;
    await drop(page.filter(({ bytes }) => bytes > which.largerThan));
    after = last.visitor;
  }
}
