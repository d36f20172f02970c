import type { Account } from '../../ports/accounts.ts';
import type { Db } from '../../sqlite/open.ts';
import { createReadOnlySql } from '../../sqlite/sqlite-sql.ts';
import { createAccountStore } from '../account-store.ts';

/** Reads the accounts of a file of any schema; a schema without the table has none. */
export async function listAccountsOfAnySchema(db: Db): Promise<readonly Account[]> {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (!tables.includes('accounts')) return [];
  if (tables.includes('site_roles')) return createAccountStore(createReadOnlySql(db)).listAccounts();
  const accounts = db.prepare<[], Omit<Account, 'sites'>>(
    'SELECT name, role, created_at AS createdAt FROM accounts ORDER BY name',
  );
  return accounts.all().map((account) => ({ ...account, sites: [] }));
}
