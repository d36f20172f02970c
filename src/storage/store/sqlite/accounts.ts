import type { Db } from '../../sqlite/open.ts';
import type { Account, AccountChange, AccountRecord, AccountStore, NewSession, Role, SessionRecord } from '../accounts.ts';

export type AccountOp =
  | { readonly kind: 'add-account'; readonly account: AccountRecord }
  | { readonly kind: 'set-role'; readonly name: string; readonly role: Role }
  | { readonly kind: 'set-password'; readonly name: string; readonly password: string }
  | { readonly kind: 'rehash-password'; readonly name: string; readonly before: string; readonly after: string }
  | { readonly kind: 'remove-account'; readonly name: string }
  | { readonly kind: 'offer-setup'; readonly hash: string | null }
  | { readonly kind: 'claim-setup'; readonly hash: string; readonly account: AccountRecord }
  | { readonly kind: 'open-session'; readonly session: NewSession }
  | { readonly kind: 'touch-session'; readonly hash: string; readonly at: number }
  | { readonly kind: 'end-session'; readonly hash: string }
  | { readonly kind: 'end-sessions'; readonly account: string }
  | { readonly kind: 'remove-sessions'; readonly createdBefore: number; readonly usedBefore: number };

const sessionsKept = 100;

/** The results of account changes. The writer's thread returns an index into this list. */
const changes = ['done', 'absent', 'exists', 'owner-needed'] as const satisfies readonly AccountChange[];
const code = (change: AccountChange) => changes.indexOf(change);

/** Prepares the writes of accounts, sessions and the setup token. Runs in the writer's thread. */
export function prepareAccountOps(db: Db): (op: AccountOp) => number {
  const { add, setRole, setPassword, remove, restretch } = prepareAccounts(db);
  const { open, touch, end, endAll, forget } = prepareSessions(db);
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
      case 'set-role':
        return code(setRole(op.name, op.role));
      case 'set-password': {
        const change = setPassword(op.name, op.password);
        if (change === 'done') endAll.run(op.name);
        return code(change);
      }
      case 'rehash-password':
        return restretch.run(op.after, op.name, op.before).changes;
      case 'remove-account': {
        const change = remove(op.name);
        if (change === 'done') endAll.run(op.name);
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
  return {
    restretch: db.prepare('UPDATE accounts SET password = ? WHERE name = ? AND password = ?'),
    add({ name, role, password, createdAt }: AccountRecord): AccountChange {
      if (find.get(name)) return 'exists';
      if (role !== 'owner' && !otherOwner.get(name)) return 'owner-needed';
      insert.run(name, role, password, createdAt);
      return 'done';
    },
    setRole(name: string, role: Role): AccountChange {
      if (!find.get(name)) return 'absent';
      if (role !== 'owner' && !otherOwner.get(name)) return 'owner-needed';
      putRole.run(role, name);
      return 'done';
    },
    setPassword: (name: string, password: string): AccountChange =>
      putPassword.run(password, name).changes === 0 ? 'absent' : 'done',
    remove(name: string): AccountChange {
      if (!find.get(name)) return 'absent';
      if (!otherOwner.get(name)) return 'owner-needed';
      removeOne.run(name);
      return 'done';
    },
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

type AccountReads = Pick<AccountStore, 'listAccounts' | 'findAccount' | 'getSetupOffer' | 'findSession'>;

export function createAccountReads(db: Db): AccountReads {
  const accounts = db.prepare<[], Account>('SELECT name, role, created_at AS createdAt FROM accounts ORDER BY name');
  const account = db.prepare<[string], AccountRecord>(
    'SELECT name, role, password, created_at AS createdAt FROM accounts WHERE name = ?',
  );
  const offered = db.prepare<[], string>('SELECT hash FROM setup').pluck();
  const session = db.prepare<[string], SessionRecord>(
    `SELECT account, role, sessions.created_at AS createdAt, used_at AS usedAt
     FROM sessions JOIN accounts ON accounts.name = sessions.account WHERE hash = ?`,
  );
  return {
    async listAccounts() {
      return accounts.all();
    },
    async findAccount(name) {
      return account.get(name);
    },
    async getSetupOffer() {
      return offered.get();
    },
    async findSession(hash) {
      return session.get(hash);
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
    setRole: (name, role) => change({ kind: 'set-role', name, role }),
    setPassword: (name, password) => change({ kind: 'set-password', name, password }),
    rehashPassword: (name, before, after) => run({ kind: 'rehash-password', name, before, after }),
    removeAccount: (name) => change({ kind: 'remove-account', name }),
    offerSetup: (hash) => run({ kind: 'offer-setup', hash: hash ?? null }),
    claimSetup: (hash, account) => hasHappened({ kind: 'claim-setup', hash, account }),
    openSession: (session) => hasHappened({ kind: 'open-session', session }),
    touchSession: (hash, at) => run({ kind: 'touch-session', hash, at }),
    endSession: (hash) => run({ kind: 'end-session', hash }),
    endSessions: (account) => run({ kind: 'end-sessions', account }),
    removeExpiredSessions: (createdBefore, usedBefore) => run({ kind: 'remove-sessions', createdBefore, usedBefore }),
  };
}
