import Database from 'better-sqlite3';
import { isSha256, type Sha256 } from '../event/event.ts';
import { minuteMs } from '../event/units.ts';
import { sha256 } from '../identity/hashing.ts';
import { getKeyIndex } from '../storage/sqlite/keys/key-index.ts';
import { linkKeys } from '../storage/store/sqlite/links/link-tables.ts';
import { prepareLinkWrites } from '../storage/store/sqlite/links/link-writes.ts';
import type { VisitorProfile } from './visitor-profile.ts';

/** Profiles in the format of earlier versions, up to 230 KB per visitor. */

export const clickNames =
  'msclkid gclid gbraid wbraid dclid fbclid ttclid epik li_fat_id sccid rdt_cid twclid irclickid qclid tblci dicbo obclid yclid'.split(
    ' ',
  );

export function createEveryHash(seed: string) {
  // One hash, with two other digits at the beginning for each kind: a large profile has hundreds.
  const digits = sha256(seed).slice(2);
  const hash = (mark: string): Sha256 => {
    const text = mark + digits;
    if (!isSha256(text)) throw new Error('not a hash');
    return text;
  };
  const forms = {
    emailMicrosoft: hash('00'),
    emailPlain: hash('01'),
    emailGiven: hash('02'),
    emailGoogle: hash('03'),
    phoneE164: hash('04'),
    phoneDigits: hash('05'),
    phoneGiven: hash('06'),
  };
  return { forms, externalId: hash('07'), isNew: false };
}

/** Creates the profile of a visitor with as many entries as earlier versions kept. It exceeds the current bounds. */
export function createLargeProfile(visitor: string, newest: number): VisitorProfile {
  const at = (index: number) => newest - index * 11 * minuteMs;
  const createEntries = <T>(count: number, value: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => ({ at: at(index), value: value(index) }));
  return {
    clicks: Object.fromEntries(
      clickNames.map((name) => [
        name,
        createEntries(8, (index) =>
          name === 'msclkid' ? sha256(`${visitor} ${index}`).slice(0, 32) : `${visitor}-${name}-${index}-`.padEnd(512, 'x'),
        ),
      ]),
    ),
    persons: createEntries(64, (index) => createEveryHash(`${visitor} ${index}`)),
    clients: createEntries(8, (index) => ({ ip: '203.0.113.42', userAgent: `Mozilla/5.0 ${index} `.padEnd(1_000, 'x') })),
    browserIds: { _uetvid: createEntries(8, (index) => sha256(`uet ${visitor} ${index}`).slice(0, 32)) },
    grantedAt: newest,
  };
}

/** Encodes a profile in the earlier format: one time per value, and every value also as text. */
export function encodeEarlierProfile(profile: VisitorProfile): string {
  const withText = (all: readonly { readonly at: number; readonly value: unknown }[]) =>
    all.map(({ at, value }) => ({ at, by: typeof value === 'string' ? value : JSON.stringify(value), value }));
  const clicks = Object.entries(profile.clicks).map(([name, entries]) => [name, withText(entries)]);
  const { persons, clients, browserIds, ...marks } = profile;
  const uetVids = browserIds._uetvid ?? [];
  const lists = { persons: withText(persons), clients: withText(clients), uetVids: withText(uetVids) };
  return JSON.stringify({ ...marks, clicks: Object.fromEntries(clicks), ...lists });
}

/** Writes profiles in the earlier format to a store's file. */
export function storeEarlierProfile(
  file: string,
  site: string,
  profiles: Iterable<{ readonly visitor: string; readonly text: string; readonly keys?: readonly string[] }>,
  at: number,
): void {
  const db = new Database(file, { timeout: 10_000 });
  try {
    const insert = db.prepare('INSERT OR REPLACE INTO visitor_profiles (site, visitor, profile, updated_at) VALUES (?, ?, ?, ?)');
    const links = prepareLinkWrites(db);
    db.transaction(() => {
      for (const { visitor, text, keys = [] } of profiles) {
        insert.run(site, visitor, text, at);
        links.put(
          site,
          keys.map((key) => ({ key, visitor, at })),
        );
      }
      getKeyIndex(db, linkKeys).save();
    })();
  } finally {
    db.close();
  }
}
