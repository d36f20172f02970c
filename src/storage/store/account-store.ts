import { randomBytes } from 'node:crypto';
import type { Access, AccountChange, AccountRecord, AccountStore, InvitationRecord, NewSession } from '../ports/accounts.ts';
import { defineChanges, has, run, type Sql, type Steps, select } from '../sql/change.ts';
import { defineStatement, type Statement } from '../sql/statement.ts';
import { type AccountRow, groupSites, type InvitationRow, type SessionRow, sessionsKept } from './rows/accounts.ts';

const findRole = defineStatement('SELECT 1 FROM accounts WHERE name = $1');
const otherOwner = defineStatement("SELECT 1 FROM accounts WHERE role = 'owner' AND name <> $1 LIMIT 1");
const anyAccount = defineStatement('SELECT 1 FROM accounts LIMIT 1');
const insertAccount = defineStatement('INSERT INTO accounts (name, role, password, created_at, id) VALUES ($1, $2, $3, $4, $5)');
const putRole = defineStatement('UPDATE accounts SET role = $2 WHERE name = $1');
const putPassword = defineStatement('UPDATE accounts SET password = $2 WHERE name = $1');
const swapPassword = defineStatement('UPDATE accounts SET password = $3 WHERE name = $1 AND password = $2');
const removeAccount = defineStatement('DELETE FROM accounts WHERE name = $1');
const addSite = defineStatement('INSERT INTO site_roles (account, site, role) VALUES ($1, $2, $3)');
const removeSites = defineStatement('DELETE FROM site_roles WHERE account = $1');
export const withdrawSetup = defineStatement('DELETE FROM setup');
const offerSetup = defineStatement('INSERT INTO setup (hash) VALUES ($1)');
const isOffered = defineStatement('SELECT 1 FROM setup WHERE hash = $1');

const insertInvitation = defineStatement(
  'INSERT INTO invitations (id, hash, label, role, created_at, expires_at, inviter) VALUES ($1, $2, $3, $4, $5, $6, $7)',
);
const addInvitedSite = defineStatement('INSERT INTO invitation_roles (invitation, site, role) VALUES ($1, $2, $3)');
const removeInvitation = defineStatement('DELETE FROM invitations WHERE id = $1');
const removeInvited = defineStatement('DELETE FROM invitations WHERE inviter = $1');
const removeExpiredInvitations = defineStatement('DELETE FROM invitations WHERE expires_at <= $1');
const removeOrphans = defineStatement('DELETE FROM invitation_roles WHERE invitation NOT IN (SELECT id FROM invitations)');

const hasPassword = defineStatement('SELECT 1 FROM accounts WHERE name = $1 AND password = $2');
const insertSession = defineStatement('INSERT INTO sessions (hash, account, created_at, used_at) VALUES ($1, $2, $3, $3)');
const trimSessions = defineStatement(
  `DELETE FROM sessions WHERE account = $1 AND hash <> $2 AND hash NOT IN (
     SELECT hash FROM sessions WHERE account = $1 AND hash <> $2 ORDER BY created_at DESC, used_at DESC LIMIT ${sessionsKept - 1})`,
);
const endSession = defineStatement('DELETE FROM sessions WHERE hash = $1');
const endSessions = defineStatement('DELETE FROM sessions WHERE account = $1');
const endOtherSessions = defineStatement('DELETE FROM sessions WHERE account = $1 AND hash <> $2');
const touchSession = defineStatement('UPDATE sessions SET used_at = $2 WHERE hash = $1 AND used_at < $2');
const removeExpiredSessions = defineStatement('DELETE FROM sessions WHERE created_at < $1 OR used_at < $2');

const accountColumns = 'name, a.role AS role, created_at AS "createdAt", site, r.role AS "siteRole"';
const joinSites = 'LEFT JOIN site_roles r ON r.account = a.name';
const selectAccounts = defineStatement<Omit<AccountRow, 'password'>>(
  `SELECT ${accountColumns} FROM accounts a ${joinSites} ORDER BY name, site`,
);
const selectAccount = defineStatement<AccountRow>(
  `SELECT ${accountColumns}, password FROM accounts a ${joinSites} WHERE name = $1 ORDER BY site`,
);
const selectSetup = defineStatement<{ readonly hash: string }>('SELECT hash FROM setup');
const invitationRows = `SELECT id, label, i.role AS role, created_at AS "createdAt", expires_at AS "expiresAt", site, r.role AS "siteRole"
  FROM invitations i LEFT JOIN invitation_roles r ON r.invitation = i.id`;
const selectInvitations = defineStatement<InvitationRow>(`${invitationRows} ORDER BY created_at, id, site`);
const selectInvitation = defineStatement<InvitationRow>(`${invitationRows} WHERE hash = $1 ORDER BY site`);
const selectSession = defineStatement<SessionRow>(
  `SELECT s.account AS account, a.role AS role, s.created_at AS "createdAt", used_at AS "usedAt", site, r.role AS "siteRole"
   FROM sessions s JOIN accounts a ON a.name = s.account ${joinSites} WHERE hash = $1 ORDER BY site`,
);

const putSites = (name: string, sites: Access['sites']) =>
  run(removeSites(name), ...sites.map(({ site, role }) => addSite(name, site, role)));

/** Returns an id that says nothing about the account's name. */
const newAccountId = () => randomBytes(8).toString('hex');

function* insertNew({ name, role, sites, password, createdAt }: AccountRecord): Steps<AccountChange> {
  if (yield* has(findRole(name))) return 'exists';
  if (role !== 'owner' && !(yield* has(otherOwner(name)))) return 'owner-needed';
  yield* run(insertAccount(name, role, password, createdAt, newAccountId()));
  yield* putSites(name, sites);
  return 'done';
}

/** Changes of accounts, sessions, invitations and the setup token run one after another. Reads go on. */
export const defineAccountChange = defineChanges('accounts');
export const accountChanges = {
  add: defineAccountChange('add', function* (account: AccountRecord) {
    const result = yield* insertNew(account);
    if (result === 'done') yield* run(withdrawSetup());
    return result;
  }),
  setAccess: defineAccountChange('set-access', function* (name: string, { role, sites }: Access): Steps<AccountChange> {
    if (!(yield* has(findRole(name)))) return 'absent';
    if (role !== 'owner' && !(yield* has(otherOwner(name)))) return 'owner-needed';
    yield* putSites(name, sites);
    yield* run(putRole(name, role), removeInvited(name), removeOrphans());
    return 'done';
  }),
  setPassword: defineAccountChange(
    'set-password',
    function* (name: string, password: string): Steps<AccountChange> {
      if (!(yield* has(putPassword(name, password)))) return 'absent';
      yield* run(endSessions(name));
      return 'done';
    },
    { purges: true },
  ),
  replacePassword: defineAccountChange(
    'replace-password',
    function* (name: string, before: string, after: string, keptSession: string) {
      if (!(yield* has(swapPassword(name, before, after)))) return false;
      yield* run(endOtherSessions(name, keptSession));
      return true;
    },
    { purges: true },
  ),
  rehashPassword: defineAccountChange(
    'rehash-password',
    (name: string, before: string, after: string) => run(swapPassword(name, before, after)),
    { purges: true },
  ),
  remove: defineAccountChange(
    'remove',
    function* (name: string): Steps<AccountChange> {
      if (!(yield* has(findRole(name)))) return 'absent';
      if (!(yield* has(otherOwner(name)))) return 'owner-needed';
      yield* run(removeAccount(name), removeSites(name), endSessions(name), removeInvited(name), removeOrphans());
      return 'done';
    },
    { purges: true },
  ),
  offerSetup: defineAccountChange('offer-setup', function* (hash?: string) {
    yield* run(withdrawSetup());
    return hash === undefined || (yield* has(offerSetup(hash)));
  }),
  claimSetup: defineAccountChange('claim-setup', function* (hash: string, account: AccountRecord) {
    if ((yield* has(anyAccount())) || !(yield* has(isOffered(hash)))) return false;
    if ((yield* insertNew(account)) !== 'done') return false;
    yield* run(withdrawSetup());
    return true;
  }),
  addInvitation: defineAccountChange('add-invitation', function* (invitation: InvitationRecord) {
    const { id, hash, label, role, sites, createdAt, expiresAt, inviter } = invitation;
    yield* run(
      insertInvitation(id, hash, label, role, createdAt, expiresAt, inviter),
      ...sites.map((one) => addInvitedSite(id, one.site, one.role)),
    );
  }),
  removeInvitation: defineAccountChange('remove-invitation', (id: string) => run(removeInvitation(id), removeOrphans())),
  removeExpiredInvitations: defineAccountChange('remove-invitations', (now: number) =>
    run(removeExpiredInvitations(now), removeOrphans()),
  ),
  acceptInvitation: defineAccountChange(
    'accept-invitation',
    function* (hash: string, account: Omit<AccountRecord, keyof Access>) {
      const [invitation] = groupSites(yield* select(selectInvitation(hash)), 'id');
      if (!invitation || invitation.expiresAt <= account.createdAt) return 'absent';
      const { id, role, sites } = invitation;
      const result = yield* insertNew({ ...account, role, sites });
      if (result === 'done') yield* run(removeInvitation(id), removeOrphans());
      return result;
    },
  ),
  openSession: defineAccountChange('open-session', function* ({ hash, account, password, at, replaces }: NewSession) {
    if (!(yield* has(hasPassword(account, password)))) return false;
    const replaced = replaces === undefined ? [] : [endSession(replaces)];
    yield* run(...replaced, insertSession(hash, account, at), trimSessions(account, hash));
    return true;
  }),
};

const removeAccountRoles = defineStatement('DELETE FROM site_roles WHERE site = $1');
const removeInvitationRoles = defineStatement('DELETE FROM invitation_roles WHERE site = $1');

/** Returns the statements that remove all roles on a site, so that a later site of the same id gives them to no one. */
export function siteRoleRemovals(site: string): readonly Statement[] {
  return [removeAccountRoles(site), removeInvitationRoles(site)];
}

export function createAccountStore(sql: Sql): AccountStore {
  return {
    listAccounts: async () => groupSites(await sql.read(selectAccounts()), 'name'),
    findAccount: async (name) => groupSites(await sql.read(selectAccount(name)), 'name')[0],
    addAccount: (account) => sql.change(accountChanges.add, account),
    setAccess: (name, access) => sql.change(accountChanges.setAccess, name, access),
    setPassword: (name, password) => sql.change(accountChanges.setPassword, name, password),
    replacePassword: (name, before, after, kept) => sql.change(accountChanges.replacePassword, name, before, after, kept),
    rehashPassword: async (name, before, after) => void (await sql.change(accountChanges.rehashPassword, name, before, after)),
    removeAccount: (name) => sql.change(accountChanges.remove, name),
    offerSetup: (hash) => sql.change(accountChanges.offerSetup, hash),
    getSetupOffer: async () => (await sql.read(selectSetup()))[0]?.hash,
    claimSetup: (hash, account) => sql.change(accountChanges.claimSetup, hash, account),
    listInvitations: async () => groupSites(await sql.read(selectInvitations()), 'id'),
    addInvitation: (invitation) => sql.change(accountChanges.addInvitation, invitation),
    findInvitation: async (hash) => groupSites(await sql.read(selectInvitation(hash)), 'id')[0],
    removeInvitation: async (id) => (await sql.change(accountChanges.removeInvitation, id)) > 0,
    removeExpiredInvitations: async (now) => void (await sql.change(accountChanges.removeExpiredInvitations, now)),
    acceptInvitation: (hash, account) => sql.change(accountChanges.acceptInvitation, hash, account),
    openSession: (session) => sql.change(accountChanges.openSession, session),
    findSession: async (hash) => groupSites(await sql.read(selectSession(hash)), 'account')[0],
    touchSession: async (hash, at) => void (await sql.write(touchSession(hash, at))),
    endSession: async (hash) => void (await sql.write(endSession(hash))),
    endSessions: async (account) => void (await sql.write(endSessions(account))),
    removeExpiredSessions: async (createdBefore, usedBefore) =>
      void (await sql.write(removeExpiredSessions(createdBefore, usedBefore))),
  };
}
