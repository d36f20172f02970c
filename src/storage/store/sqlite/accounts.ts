import type { Db } from '../../sqlite/open.ts';
import type {
  Access,
  Account,
  AccountChange,
  AccountRecord,
  AccountStore,
  InvitationRecord,
  NewSession,
  Role,
} from '../accounts.ts';
import { type AccountRow, groupSites, type InvitationRow, type SessionRow, sessionsKept } from '../rows/accounts.ts';

export type AccountOp =
  | { readonly kind: 'add-account'; readonly account: AccountRecord }
  | { readonly kind: 'set-access'; readonly name: string; readonly access: Access }
  | { readonly kind: 'set-password'; readonly name: string; readonly password: string }
  | {
      readonly kind: 'replace-password';
      readonly name: string;
      readonly before: string;
      readonly after: string;
      readonly keptSession: string;
    }
  | { readonly kind: 'rehash-password'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly kind: 'remove-account'; readonly name: string }
  | { readonly kind: 'offer-setup'; readonly hash: string | null }
  | { readonly kind: 'claim-setup'; readonly hash: string; readonly account: AccountRecord }
  | { readonly kind: 'add-invitation'; readonly invitation: InvitationRecord }
  | { readonly kind: 'remove-invitation'; readonly id: string }
  | { readonly kind: 'remove-expired-invitations'; readonly now: number }
  | { readonly kind: 'accept-invitation'; readonly hash: string; readonly account: Omit<AccountRecord, keyof Access> }
  | { readonly kind: 'open-session'; readonly session: NewSession }
  | { readonly kind: 'touch-session'; readonly hash: string; readonly at: number }
  | { readonly kind: 'end-session'; readonly hash: string }
  | { readonly kind: 'end-sessions'; readonly account: string }
  | { readonly kind: 'remove-sessions'; readonly createdBefore: number; readonly usedBefore: number };

/** The results of account changes. The writer's thread returns an index into this list. */
const changes = ['done', 'absent', 'exists', 'owner-needed'] as const satisfies readonly AccountChange[];
const code = (change: AccountChange) => changes.indexOf(change);

/** Prepares the writes of accounts, sessions, invitations and the setup token. Runs in the writer's thread. */
export function prepareAccountOps(db: Db): (op: AccountOp) => number {
  const { add, setAccess, setPassword, remove, restretch } = prepareAccounts(db);
  const { open, touch, end, endAll, endOthers, forget } = prepareSessions(db);
  const invitations = prepareInvitations(db, add);
  const any = db.prepare('SELECT 1 FROM accounts LIMIT 1');
  const withdraw = db.prepare('DELETE FROM setup');
  const offer = db.prepare('INSERT INTO setup (hash) VALUES (?)');
  const offered = db.prepare<[string], unknown>('SELECT 1 FROM setup WHERE hash = ?');

  return (op) => {
    switch (op.kind) {
      case 'add-account': {
        const change = add(op.account);
        if (change === 'done') withdraw.run();
        return code(change);
      }
      case 'set-access': {
        const change = setAccess(op.name, op.access);
        if (change === 'done') invitations.removeInvitedBy(op.name);
        return code(change);
      }
      case 'set-password': {
        const change = setPassword(op.name, op.password);
        if (change === 'done') endAll.run(op.name);
        return code(change);
      }
      case 'replace-password': {
        const { changes } = restretch.run(op.after, op.name, op.before);
        if (changes > 0) endOthers.run(op.name, op.keptSession);
        return changes;
      }
      case 'rehash-password':
        return restretch.run(op.after, op.name, op.before).changes;
      case 'remove-account': {
        const change = remove(op.name);
        if (change === 'done') {
          endAll.run(op.name);
          invitations.removeInvitedBy(op.name);
        }
        return code(change);
      }
      case 'offer-setup':
        withdraw.run();
        if (op.hash !== null) offer.run(op.hash);
        return 1;
      case 'claim-setup': {
        if (any.get() || !offered.get(op.hash) || add(op.account) !== 'done') return 0;
        withdraw.run();
        return 1;
      }
      case 'add-invitation':
        invitations.add(op.invitation);
        return 1;
      case 'remove-invitation':
        return invitations.remove(op.id);
      case 'remove-expired-invitations':
        return invitations.removeExpired(op.now);
      case 'accept-invitation':
        return code(invitations.accept(op.hash, op.account));
      case 'open-session':
        return open(op.session);
      case 'touch-session':
        return touch.run(op.at, op.hash).changes;
      case 'end-session':
        return end.run(op.hash).changes;
      case 'end-sessions':
        return endAll.run(op.account).changes;
      case 'remove-sessions':
        return forget.run(op.createdBefore, op.usedBefore).changes;
    }
  };
}

function prepareAccounts(db: Db) {
  const find = db.prepare<[string], { role: Role }>('SELECT role FROM accounts WHERE name = ?');
  const otherOwner = db.prepare("SELECT 1 FROM accounts WHERE role = 'owner' AND name <> ? LIMIT 1");
  const insert = db.prepare('INSERT INTO accounts (name, role, password, created_at) VALUES (?, ?, ?, ?)');
  const putRole = db.prepare('UPDATE accounts SET role = ? WHERE name = ?');
  const putPassword = db.prepare('UPDATE accounts SET password = ? WHERE name = ?');
  const removeOne = db.prepare('DELETE FROM accounts WHERE name = ?');
  const addSite = db.prepare('INSERT INTO site_roles (account, site, role) VALUES (?, ?, ?)');
  const removeSites = db.prepare('DELETE FROM site_roles WHERE account = ?');
  const putSites = (name: string, sites: Access['sites']) => {
    removeSites.run(name);
    for (const { site, role } of sites) addSite.run(name, site, role);
  };
  return {
    restretch: db.prepare('UPDATE accounts SET password = ? WHERE name = ? AND password = ?'),
    add({ name, role, sites, password, createdAt }: AccountRecord): AccountChange {
      if (find.get(name)) return 'exists';
      if (role !== 'owner' && !otherOwner.get(name)) return 'owner-needed';
      insert.run(name, role, password, createdAt);
      putSites(name, sites);
      return 'done';
    },
    setAccess(name: string, { role, sites }: Access): AccountChange {
      if (!find.get(name)) return 'absent';
      if (role !== 'owner' && !otherOwner.get(name)) return 'owner-needed';
      putRole.run(role, name);
      putSites(name, sites);
      return 'done';
    },
    setPassword: (name: string, password: string): AccountChange =>
      putPassword.run(password, name).changes === 0 ? 'absent' : 'done',
    remove(name: string): AccountChange {
      if (!find.get(name)) return 'absent';
      if (!otherOwner.get(name)) return 'owner-needed';
      removeOne.run(name);
      removeSites.run(name);
      return 'done';
    },
  };
}

const invitationRows = `SELECT id, label, invitations.role AS role, created_at AS createdAt, expires_at AS expiresAt, site, invitation_roles.role AS siteRole
  FROM invitations LEFT JOIN invitation_roles ON invitation = id`;

function prepareInvitations(db: Db, addAccount: (account: AccountRecord) => AccountChange) {
  const insert = db.prepare(
    'INSERT INTO invitations (id, hash, label, role, created_at, expires_at, inviter) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const addSite = db.prepare('INSERT INTO invitation_roles (invitation, site, role) VALUES (?, ?, ?)');
  const find = db.prepare<[string, number], InvitationRow>(`${invitationRows} WHERE hash = ? AND expires_at > ? ORDER BY site`);
  const removeOne = db.prepare('DELETE FROM invitations WHERE id = ?');
  const removeInvited = db.prepare('DELETE FROM invitations WHERE inviter = ?');
  const removeOld = db.prepare('DELETE FROM invitations WHERE expires_at <= ?');
  const removeOrphans = db.prepare('DELETE FROM invitation_roles WHERE invitation NOT IN (SELECT id FROM invitations)');
  const remove = (id: string): number => {
    const { changes } = removeOne.run(id);
    removeOrphans.run();
    return changes;
  };
  return {
    remove,
    removeInvitedBy(account: string): void {
      removeInvited.run(account);
      removeOrphans.run();
    },
    add({ id, hash, label, role, sites, createdAt, expiresAt, inviter }: InvitationRecord): void {
      insert.run(id, hash, label, role, createdAt, expiresAt, inviter ?? null);
      for (const one of sites) addSite.run(id, one.site, one.role);
    },
    removeExpired(now: number): number {
      const { changes } = removeOld.run(now);
      removeOrphans.run();
      return changes;
    },
    accept(hash: string, account: Omit<AccountRecord, keyof Access>): AccountChange {
      const [invitation] = groupSites(find.all(hash, account.createdAt), 'id');
      if (!invitation) return 'absent';
      const { role, sites } = invitation;
      const change = addAccount({ ...account, role, sites });
      if (change === 'done') remove(invitation.id);
      return change;
    },
  };
}

/** Prepares the removal of all roles on a site, so that a later site of the same id gives them to no one. Runs in the writer's thread. */
export function prepareSiteRoleRemoval(db: Db): (site: string) => void {
  const ofAccounts = db.prepare('DELETE FROM site_roles WHERE site = ?');
  const ofInvitations = db.prepare('DELETE FROM invitation_roles WHERE site = ?');
  return (site) => {
    ofAccounts.run(site);
    ofInvitations.run(site);
  };
}

function prepareSessions(db: Db) {
  const selectPassword = db.prepare('SELECT 1 FROM accounts WHERE name = ? AND password = ?');
  const insert = db.prepare('INSERT INTO sessions (hash, account, created_at, used_at) VALUES (?, ?, ?, ?)');
  const trim = db.prepare(
    `DELETE FROM sessions WHERE hash IN (
       SELECT hash FROM sessions WHERE account = ? ORDER BY created_at DESC, rowid DESC LIMIT -1 OFFSET ${sessionsKept})`,
  );
  const end = db.prepare('DELETE FROM sessions WHERE hash = ?');
  return {
    end,
    endAll: db.prepare('DELETE FROM sessions WHERE account = ?'),
    endOthers: db.prepare('DELETE FROM sessions WHERE account = ? AND hash <> ?'),
    touch: db.prepare('UPDATE sessions SET used_at = max(used_at, ?) WHERE hash = ?'),
    forget: db.prepare('DELETE FROM sessions WHERE created_at < ? OR used_at < ?'),
    open({ hash, account, password, at, replaces }: NewSession): number {
      if (!selectPassword.get(account, password)) return 0;
      if (replaces !== undefined) end.run(replaces);
      insert.run(hash, account, at, at);
      trim.run(account);
      return 1;
    },
  };
}

type AccountReads = Pick<
  AccountStore,
  'listAccounts' | 'findAccount' | 'getSetupOffer' | 'listInvitations' | 'findInvitation' | 'findSession'
>;

const accountColumns = 'name, accounts.role AS role, created_at AS createdAt, site, site_roles.role AS siteRole';
const joinSites = 'LEFT JOIN site_roles ON site_roles.account = accounts.name';

/** Reads the accounts of a file of any schema; a schema without the table has none. */
export function listAccountsOfAnySchema(db: Db): readonly Account[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (!tables.includes('accounts')) return [];
  if (tables.includes('site_roles')) return listAccounts(db)();
  const accounts = db.prepare<[], Omit<Account, 'sites'>>(
    'SELECT name, role, created_at AS createdAt FROM accounts ORDER BY name',
  );
  return accounts.all().map((account) => ({ ...account, sites: [] }));
}

function listAccounts(db: Db): () => readonly Account[] {
  const accounts = db.prepare<[], Omit<AccountRow, 'password'>>(
    `SELECT ${accountColumns} FROM accounts ${joinSites} ORDER BY name, site`,
  );
  return () => groupSites(accounts.all(), 'name');
}

export function createAccountReads(db: Db): AccountReads {
  const accounts = listAccounts(db);
  const account = db.prepare<[string], AccountRow>(
    `SELECT ${accountColumns}, password FROM accounts ${joinSites} WHERE name = ? ORDER BY site`,
  );
  const offered = db.prepare<[], string>('SELECT hash FROM setup').pluck();
  const invitations = db.prepare<[], InvitationRow>(`${invitationRows} ORDER BY created_at, id, site`);
  const invitation = db.prepare<[string], InvitationRow>(`${invitationRows} WHERE hash = ? ORDER BY site`);
  const session = db.prepare<[string], SessionRow>(
    `SELECT sessions.account AS account, accounts.role AS role, sessions.created_at AS createdAt, used_at AS usedAt, site, site_roles.role AS siteRole
     FROM sessions JOIN accounts ON accounts.name = sessions.account ${joinSites} WHERE hash = ? ORDER BY site`,
  );
  return {
    async listAccounts() {
      return accounts();
    },
    async findAccount(name) {
      return groupSites(account.all(name), 'name')[0];
    },
    async getSetupOffer() {
      return offered.get();
    },
    async listInvitations() {
      return groupSites(invitations.all(), 'id');
    },
    async findInvitation(hash) {
      return groupSites(invitation.all(hash), 'id')[0];
    },
    async findSession(hash) {
      return groupSites(session.all(hash), 'account')[0];
    },
  };
}

type AccountWrites = Omit<AccountStore, keyof AccountReads>;

export function createAccountWrites(write: (op: AccountOp) => Promise<number | null>): AccountWrites {
  const change = async (op: AccountOp) => changes[(await write(op)) ?? -1] ?? 'absent';
  const hasHappened = async (op: AccountOp) => (await write(op)) === 1;
  const run = async (op: AccountOp) => {
    await write(op);
  };
  return {
    addAccount: (account) => change({ kind: 'add-account', account }),
    setAccess: (name, access) => change({ kind: 'set-access', name, access }),
    setPassword: (name, password) => change({ kind: 'set-password', name, password }),
    replacePassword: (name, before, after, keptSession) =>
      hasHappened({ kind: 'replace-password', name, before, after, keptSession }),
    rehashPassword: (name, before, after) => run({ kind: 'rehash-password', name, before, after }),
    removeAccount: (name) => change({ kind: 'remove-account', name }),
    async offerSetup(hash) {
      await run({ kind: 'offer-setup', hash: hash ?? null });
      return true;
    },
    claimSetup: (hash, account) => hasHappened({ kind: 'claim-setup', hash, account }),
    addInvitation: (invitation) => run({ kind: 'add-invitation', invitation }),
    removeInvitation: (id) => hasHappened({ kind: 'remove-invitation', id }),
    removeExpiredInvitations: (now) => run({ kind: 'remove-expired-invitations', now }),
    acceptInvitation: (hash, account) => change({ kind: 'accept-invitation', hash, account }),
    openSession: (session) => hasHappened({ kind: 'open-session', session }),
    touchSession: (hash, at) => run({ kind: 'touch-session', hash, at }),
    endSession: (hash) => run({ kind: 'end-session', hash }),
    endSessions: (account) => run({ kind: 'end-sessions', account }),
    removeExpiredSessions: (createdBefore, usedBefore) => run({ kind: 'remove-sessions', createdBefore, usedBefore }),
  };
}
