import type { AccountLinkStore, StoredAccountLink } from '../ports/account-links.ts';
import { defineChanges, run, type Sql, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

const columns = 'id, site, session, secret, expires_at AS "expiresAt"';
const add = defineStatement(
  'INSERT INTO account_links (id, site, session, secret, expires_at, state, state_until) VALUES ($1, $2, $3, $4, $5, $6, $7)',
);
const removeExpired = defineStatement('DELETE FROM account_links WHERE expires_at <= $1');
const findExpired = defineStatement('SELECT 1 FROM account_links WHERE expires_at <= $1 LIMIT 1');
const removeOldest = defineStatement(
  'DELETE FROM account_links WHERE id NOT IN (SELECT id FROM account_links ORDER BY expires_at DESC, id LIMIT $1)',
);
const selectByState = defineStatement<StoredAccountLink>(
  `SELECT ${columns} FROM account_links WHERE session = $1 AND state = $2 AND state_until > $3 AND expires_at > $3`,
);
const forgetState = defineStatement('UPDATE account_links SET state = NULL WHERE id = $1');
const selectOne = defineStatement<StoredAccountLink>(
  `SELECT ${columns} FROM account_links WHERE session = $1 AND id = $2 AND expires_at > $3`,
);
const save = defineStatement('UPDATE account_links SET secret = $2, expires_at = $3 WHERE id = $1');
const removeOne = defineStatement('DELETE FROM account_links WHERE id = $1');
/** Removes the attempts of a site. */
export const removeAccountLinks = defineStatement('DELETE FROM account_links WHERE site = $1');

const defineLinkChange = defineChanges('account_links');
/** Runs in the writer's thread of SQLite too, so it loads no schemas. All contents are purged: they hold credentials. */
export const accountLinkChanges = {
  add: defineLinkChange(
    'add',
    function* (
      { id, site, session, secret, expiresAt }: StoredAccountLink,
      { state, until }: { readonly state: string; readonly until: number },
      { now, most }: { readonly now: number; readonly most: number },
    ): Steps<void> {
      yield* run(removeExpired(now), removeOldest(most - 1));
      yield* run(add(id, site, session, secret, expiresAt, state, until));
    },
    { purges: true },
  ),
  take: defineLinkChange('take', function* (session: string, state: string, now: number): Steps<StoredAccountLink | undefined> {
    const [link] = yield* select(selectByState(session, state, now));
    if (link) yield* run(forgetState(link.id));
    return link;
  }),
  save: defineLinkChange('save', (id: string, secret: string, expiresAt: number) => run(save(id, secret, expiresAt)), {
    purges: true,
  }),
  removeExpired: defineLinkChange('remove-expired', (now: number) => run(removeExpired(now)), { purges: true }),
  remove: defineLinkChange('remove', (id: string) => run(removeOne(id)), { purges: true }),
};

export function createAccountLinkStore(sql: Sql): AccountLinkStore {
  return {
    addAccountLink: (link, consent, limits) => sql.change(accountLinkChanges.add, link, consent, limits),
    takeConsent: (session, state, now) => sql.change(accountLinkChanges.take, session, state, now),
    findAccountLink: async (session, id, now) => (await sql.read(selectOne(session, id, now)))[0],
    saveAccountLink: async ({ id, secret, expiresAt }) => void (await sql.change(accountLinkChanges.save, id, secret, expiresAt)),
    async removeExpiredAccountLinks(now) {
      if ((await sql.read(findExpired(now))).length > 0) await sql.change(accountLinkChanges.removeExpired, now);
    },
    removeAccountLink: async (id) => void (await sql.change(accountLinkChanges.remove, id)),
  };
}
