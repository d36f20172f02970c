import { z } from 'zod';
import { maxSeenEvents, maxSeenKeys } from '../../../event/seen-event.ts';
import { hourMs } from '../../../event/units.ts';
import { maxPageSessions, type PageSessionStore } from '../../ports/page-sessions.ts';
import { encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import { text } from './sql.ts';

/** `token` and `tab` are hashes, `keys` is JSON. */
export const pageSessionTables = `
  CREATE TABLE page_sessions (site ${text} NOT NULL, token ${text} NOT NULL, tab ${text}, added_at bigint NOT NULL, ends_at bigint NOT NULL,
    PRIMARY KEY (site, token));
  CREATE TABLE seen_events (site ${text} NOT NULL, name ${text} NOT NULL, keys ${text} NOT NULL, last_at bigint NOT NULL,
    PRIMARY KEY (site, name));
`;

const add = defineStatement('INSERT INTO page_sessions (site, token, added_at, ends_at) VALUES ($1, $2, $3, $4)');
const removeEnded = defineStatement('DELETE FROM page_sessions WHERE ends_at <= $1');
const removeOldest = defineStatement(
  `DELETE FROM page_sessions WHERE site = $1 AND token NOT IN
     (SELECT token FROM page_sessions WHERE site = $1 ORDER BY added_at DESC, token LIMIT ${maxPageSessions})`,
);
const use = defineStatement(
  `UPDATE page_sessions SET tab = $3, ends_at = CASE WHEN tab IS NULL THEN $4 ELSE ends_at END
   WHERE site = $1 AND token = $2 AND ends_at > $5 AND (tab IS NULL OR tab = $3)`,
);
const selectOpen = defineStatement<{ readonly site: string; readonly endsAt: number }>(
  'SELECT site, max(ends_at)::bigint AS "endsAt" FROM page_sessions WHERE ends_at > $1 GROUP BY site',
);
const putSeen = defineStatement(
  `INSERT INTO seen_events (site, name, keys, last_at) SELECT $1, *, $4 FROM unnest($2::text[], $3::text[])
   ON CONFLICT (site, name) DO UPDATE SET keys = excluded.keys, last_at = excluded.last_at`,
);
const removeSeen = defineStatement(
  `DELETE FROM seen_events WHERE last_at <= $2 OR (site = $1 AND name NOT IN
     (SELECT name FROM seen_events WHERE site = $1 ORDER BY last_at DESC, name LIMIT ${maxSeenEvents}))`,
);
const selectSeen = defineStatement<{ readonly name: string; readonly keys: string; readonly lastAt: number }>(
  'SELECT name, keys, last_at AS "lastAt" FROM seen_events WHERE site = $1 AND last_at > $2 ORDER BY last_at DESC, name',
);

const keysSchema = z.array(z.string());

export function createPageSessions(database: Database): PageSessionStore {
  const listSeenEvents: PageSessionStore['listSeenEvents'] = async (site, now) => {
    const rows = await database.read(selectSeen(site, now - hourMs));
    return rows.map((row) => ({ ...row, keys: keysSchema.parse(JSON.parse(row.keys)) }));
  };
  return {
    async addPageSession({ site, token, endsAt }, now) {
      await database.commit([removeEnded(now), add(site, token, now, endsAt), removeOldest(site)]);
    },
    async usePageSession({ site, token, tab, endsAt }, now) {
      const { rowCount } = await database.write(use(site, token, tab, endsAt, now));
      return rowCount === 1;
    },
    listPageSessions: (now) => database.read(selectOpen(now)),
    async putSeenEvents(site, events, now) {
      const before = new Map((await listSeenEvents(site, now)).map(({ name, keys }) => [name, keys]));
      const merged = new Map<string, readonly string[]>();
      for (const { name, keys } of events) {
        const known = merged.get(name) ?? before.get(name) ?? [];
        merged.set(name, [...new Set([...known, ...keys])].slice(0, maxSeenKeys));
      }
      const keys = [...merged.values()].map((some) => JSON.stringify(some));
      await database.commit([
        putSeen(site, encodeTexts([...merged.keys()]), encodeTexts(keys), now),
        removeSeen(site, now - hourMs),
      ]);
    },
    listSeenEvents,
  };
}
