import { encodeTexts } from '../../postgres/binary-arrays.ts';
import { type Database, defineStatement, type Statement, type Transaction } from '../../postgres/database.ts';
import type { Access, Account, AccountChange, AccountRecord, AccountStore, InvitationRecord } from '../accounts.ts';
import { nodeAliveMs } from '../nodes.ts';
import { type AccountRow, groupSites, type InvitationRow, type SessionRow, sessionsKept } from '../rows/accounts.ts';
import { nowSql, text, withoutNul } from './sql.ts';

export const accountTables = `
  CREATE TABLE accounts (name ${text} PRIMARY KEY, role ${text} NOT NULL, password ${text} NOT NULL, created_at bigint NOT NULL);
  CREATE TABLE site_roles (account ${text} NOT NULL, site ${text} NOT NULL, role ${text} NOT NULL, PRIMARY KEY (account, site));
  CREATE TABLE invitations (id ${text} PRIMARY KEY, hash ${text} NOT NULL UNIQUE, label ${text} NOT NULL, role ${text} NOT NULL,
    created_at bigint NOT NULL, expires_at bigint NOT NULL, inviter ${text});
  CREATE TABLE invitation_roles (invitation ${text} NOT NULL REFERENCES invitations ON DELETE CASCADE, site ${text} NOT NULL,
    role ${text} NOT NULL, PRIMARY KEY (invitation, site));
  CREATE TABLE sessions (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash ${text} NOT NULL UNIQUE, account ${text} NOT NULL,
    created_at bigint NOT NULL, used_at bigint NOT NULL);
  CREATE INDEX sessions_by_account ON sessions (account, created_at);
  CREATE TABLE setup (hash ${text} PRIMARY KEY, node ${text});
`;

/** Lets changes of accounts, sessions, invitations and the setup token run one after another. Reads go on. */
const lockAccounts = defineStatement('LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE');

const findRole = defineStatement('SELECT 1 FROM accounts WHERE name = $1');
const otherOwner = defineStatement("SELECT 1 FROM accounts WHERE role = 'owner' AND name <> $1 LIMIT 1");
const anyAccount = defineStatement('SELECT 1 FROM accounts LIMIT 1');
const insertAccount = defineStatement('INSERT INTO accounts (name, role, password, created_at) VALUES ($1, $2, $3, $4)');
const putRole = defineStatement('UPDATE accounts SET role = $2 WHERE name = $1');
const putPassword = defineStatement('UPDATE accounts SET password = $2 WHERE name = $1');
const swapPassword = defineStatement('UPDATE accounts SET password = $3 WHERE name = $1 AND password = $2');
const removeAccount = defineStatement('DELETE FROM accounts WHERE name = $1');
const addSites = defineStatement('INSERT INTO site_roles (account, site, role) SELECT $1, * FROM unnest($2::text[], $3::text[])');
const removeSites = defineStatement('DELETE FROM site_roles WHERE account = $1');
const removeInvited = defineStatement('DELETE FROM invitations WHERE inviter = $1');
const withdrawSetup = defineStatement('DELETE FROM setup');
const withdrawOffer = defineStatement(
  `DELETE FROM setup s WHERE s.node IS NULL OR s.node = $1
     OR NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = s.node AND n.seen_at > ${nowSql('NULL')} - ${nodeAliveMs})`,
);
const offerSetup = defineStatement('INSERT INTO setup (hash, node) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM setup)');
const isOffered = defineStatement('SELECT 1 FROM setup WHERE hash = $1');

const insertInvitation = defineStatement(
  'INSERT INTO invitations (id, hash, label, role, created_at, expires_at, inviter) VALUES ($1, $2, $3, $4, $5, $6, $7)',
);
const addInvitedSites = defineStatement(
  'INSERT INTO invitation_roles (invitation, site, role) SELECT $1, * FROM unnest($2::text[], $3::text[])',
);
const removeInvitation = defineStatement('DELETE FROM invitations WHERE id = $1');
const removeExpiredInvitations = defineStatement('DELETE FROM invitations WHERE expires_at <= $1');

const hasPassword = defineStatement('SELECT 1 FROM accounts WHERE name = $1 AND password = $2');
const insertSession = defineStatement('INSERT INTO sessions (hash, account, created_at, used_at) VALUES ($1, $2, $3, $3)');
const trimSessions = defineStatement(
  `DELETE FROM sessions WHERE id IN (
     SELECT id FROM sessions WHERE account = $1 ORDER BY created_at DESC, id DESC OFFSET ${sessionsKept})`,
);
const endSession = defineStatement('DELETE FROM sessions WHERE hash = $1');
const endSessions = defineStatement('DELETE FROM sessions WHERE account = $1');
const endOtherSessions = defineStatement('DELETE FROM sessions WHERE account = $1 AND hash <> $2');
const touchSession = defineStatement('UPDATE sessions SET used_at = greatest(used_at, $2) WHERE hash = $1');
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

/** The statements of one change, which runs alone. */
class Change {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  async run(statement: Statement): Promise<number> {
    return (await this.#transaction.query(statement)).rowCount;
  }

  async has(statement: Statement): Promise<boolean> {
    return (await this.run(statement)) > 0;
  }

  async findInvitation(hash: string) {
    const { rows } = await this.#transaction.query(selectInvitation(hash));
    return groupSites(rows, 'id')[0];
  }

  async addAccount({ name, role, sites, password, createdAt }: AccountRecord): Promise<AccountChange> {
    if (await this.has(findRole(name))) return 'exists';
    if (role !== 'owner' && !(await this.has(otherOwner(name)))) return 'owner-needed';
    await this.run(insertAccount(name, role, password, createdAt));
    await this.#putSites(name, sites);
    return 'done';
  }

  async setAccess(name: string, { role, sites }: Access): Promise<AccountChange> {
    if (!(await this.has(findRole(name)))) return 'absent';
    if (role !== 'owner' && !(await this.has(otherOwner(name)))) return 'owner-needed';
    await this.run(putRole(name, role));
    await this.#putSites(name, sites);
    await this.run(removeInvited(name));
    return 'done';
  }

  async removeAccount(name: string): Promise<AccountChange> {
    if (!(await this.has(findRole(name)))) return 'absent';
    if (!(await this.has(otherOwner(name)))) return 'owner-needed';
    for (const remove of [removeAccount, removeSites, endSessions, removeInvited]) await this.run(remove(name));
    return 'done';
  }

  async #putSites(name: string, sites: Access['sites']): Promise<void> {
    await this.run(removeSites(name));
    await this.run(addSites(name, ...encodeRoles(sites)));
  }
}

function encodeRoles(sites: Access['sites']) {
  return [encodeTexts(sites.map(({ site }) => site)), encodeTexts(sites.map(({ role }) => role))] as const;
}

export function createAccounts(database: Database): AccountStore {
  const change = <T>(work: (change: Change) => Promise<T>) =>
    database.transact(async (transaction) => {
      await transaction.query(lockAccounts());
      return work(new Change(transaction));
    });
  const write = async (statement: Statement) => (await database.write(statement)).rowCount;
  return {
    async listAccounts(): Promise<readonly Account[]> {
      return groupSites(await database.read(selectAccounts()), 'name');
    },
    async findAccount(name) {
      return groupSites(await database.read(selectAccount(withoutNul(name))), 'name')[0];
    },
    addAccount: (account) =>
      change(async (all) => {
        const result = await all.addAccount(account);
        if (result === 'done') await all.run(withdrawSetup());
        return result;
      }),
    setAccess: (name, access) => change((all) => all.setAccess(name, access)),
    setPassword: (name, password) =>
      change(async (all) => {
        if (!(await all.has(putPassword(name, password)))) return 'absent';
        await all.run(endSessions(name));
        return 'done';
      }),
    replacePassword: (name, before, after, keptSession) =>
      change(async (all) => {
        if (!(await all.has(swapPassword(name, before, after)))) return false;
        await all.run(endOtherSessions(name, keptSession));
        return true;
      }),
    async rehashPassword(name, before, after) {
      await write(swapPassword(name, before, after));
    },
    removeAccount: (name) => change((all) => all.removeAccount(name)),

    offerSetup: (hash, node) =>
      change(async (all) => {
        await all.run(hash === undefined ? withdrawSetup() : withdrawOffer(node));
        return hash === undefined || all.has(offerSetup(hash, node));
      }),
    async getSetupOffer() {
      return (await database.read(selectSetup()))[0]?.hash;
    },
    claimSetup: (hash, account) =>
      change(async (all) => {
        if ((await all.has(anyAccount())) || !(await all.has(isOffered(hash)))) return false;
        if ((await all.addAccount(account)) !== 'done') return false;
        await all.run(withdrawSetup());
        return true;
      }),

    async listInvitations() {
      return groupSites(await database.read(selectInvitations()), 'id');
    },
    addInvitation: ({ id, hash, label, role, sites, createdAt, expiresAt, inviter }: InvitationRecord) =>
      change(async (all) => {
        await all.run(insertInvitation(id, hash, withoutNul(label), role, createdAt, expiresAt, inviter));
        await all.run(addInvitedSites(id, ...encodeRoles(sites)));
      }),
    async findInvitation(hash) {
      return groupSites(await database.read(selectInvitation(hash)), 'id')[0];
    },
    removeInvitation: (id) => change((all) => all.has(removeInvitation(id))),
    async removeExpiredInvitations(now) {
      await write(removeExpiredInvitations(now));
    },
    acceptInvitation: (hash, account) =>
      change(async (all) => {
        const invitation = await all.findInvitation(hash);
        if (!invitation || invitation.expiresAt <= account.createdAt) return 'absent';
        const { id, role, sites } = invitation;
        const result = await all.addAccount({ ...account, role, sites });
        if (result === 'done') await all.run(removeInvitation(id));
        return result;
      }),

    openSession: ({ hash, account, password, at, replaces }) =>
      change(async (all) => {
        if (!(await all.has(hasPassword(account, password)))) return false;
        if (replaces !== undefined) await all.run(endSession(replaces));
        await all.run(insertSession(hash, account, at));
        await all.run(trimSessions(account));
        return true;
      }),
    async findSession(hash) {
      return groupSites(await database.read(selectSession(hash)), 'account')[0];
    },
    async touchSession(hash, at) {
      await write(touchSession(hash, at));
    },
    async endSession(hash) {
      await write(endSession(hash));
    },
    async endSessions(account) {
      await write(endSessions(account));
    },
    async removeExpiredSessions(createdBefore, usedBefore) {
      await write(removeExpiredSessions(createdBefore, usedBefore));
    },
  };
}

const removeAccountRoles = defineStatement('DELETE FROM site_roles WHERE site = $1');
const removeInvitationRoles = defineStatement('DELETE FROM invitation_roles WHERE site = $1');

/** Returns the statements that remove all roles on a site, so that a later site of the same id gives them to no one. */
export function siteRoleRemovalStatements(site: string): readonly Statement[] {
  return [lockAccounts(), removeAccountRoles(site), removeInvitationRoles(site)];
}
