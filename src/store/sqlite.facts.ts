import type { VisitorFacts } from '../identity/facts.ts';
import type { Link } from '../identity/links.ts';
import type { Db } from '../sqlite.ts';
import type { IdentityDelta, Store } from './store.ts';

/** Of the writer's thread: what a step of the identity pump says of visitors. */
export function prepareFacts(db: Db) {
  const putFacts = db.prepare('INSERT OR REPLACE INTO facts (site, visitor, facts, touched_at) VALUES (?, ?, ?, ?)');
  const putLink = db.prepare(
    `INSERT INTO links (site, key, visitor, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (site, key, visitor) DO UPDATE SET at = excluded.at WHERE at < excluded.at`,
  );
  const unlink = db.prepare('DELETE FROM links WHERE site = ? AND visitor = ? AND at <= ?');
  return ({ site, facts, links, unlink: denied, now }: IdentityDelta) => {
    for (const { visitor, facts: known } of facts ?? []) putFacts.run(site, visitor, JSON.stringify(known), now);
    for (const { key, visitor, at } of links ?? []) putLink.run(site, key, visitor, at);
    for (const { visitor, through } of denied ?? []) unlink.run(site, visitor, through);
  };
}

export function factsBytes({ facts, links }: IdentityDelta): number {
  return (facts?.length ?? 0) * 1_024 + (links?.length ?? 0) * 256;
}

type FactReads = Pick<Store, 'facts' | 'links'>;

export function factReads(db: Db): FactReads {
  const ofVisitors = db.prepare<[string, string], { visitor: string; facts: string }>(
    'SELECT visitor, facts FROM facts WHERE site = ? AND visitor IN (SELECT value FROM json_each(?))',
  );
  const byKeys = db.prepare<[string, string], Link>(
    `SELECT key, visitor, at FROM (
       SELECT key, visitor, at, row_number() OVER (PARTITION BY key ORDER BY at DESC, visitor) AS place
       FROM links WHERE site = ? AND key IN (SELECT value FROM json_each(?))
     ) WHERE place <= 16 ORDER BY at DESC, visitor`,
  );
  return {
    async facts(site, visitors) {
      const rows = visitors.length === 0 ? [] : ofVisitors.all(site, JSON.stringify(visitors));
      return new Map(rows.map(({ visitor, facts }) => [visitor, read(facts)]));
    },
    async links(site, keys) {
      return keys.length === 0 ? [] : byKeys.all(site, JSON.stringify(keys));
    },
  };
}

/** What this store wrote itself. */
function read(text: string): VisitorFacts {
  const facts: VisitorFacts = JSON.parse(text);
  return facts;
}
