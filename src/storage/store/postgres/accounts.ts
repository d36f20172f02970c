import type { AccountStore } from '../../ports/accounts.ts';
import { nodeAliveMs } from '../../ports/nodes.ts';
import { has, run, type Sql } from '../../sql/change.ts';
import { defineStatement } from '../../sql/statement.ts';
import { createAccountStore, defineAccountChange, withdrawSetup } from '../account-store.ts';
import { nowSql, text } from './sql.ts';

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

const withdrawOffer = defineStatement(
  `DELETE FROM setup s WHERE s.node IS NULL OR s.node = $1
     OR NOT EXISTS (SELECT 1 FROM nodes n WHERE n.id = s.node AND n.seen_at > ${nowSql('NULL')} - ${nodeAliveMs})`,
);
const offerSetup = defineStatement('INSERT INTO setup (hash, node) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM setup)');
/** The offer of another node stays while the node runs. */
const offer = defineAccountChange('offer-setup-of-node', function* (hash?: string, node?: string) {
  yield* run(hash === undefined ? withdrawSetup() : withdrawOffer(node));
  return hash === undefined || (yield* has(offerSetup(hash, node)));
});

export function createAccounts(sql: Sql): AccountStore {
  return { ...createAccountStore(sql), offerSetup: (hash, node) => sql.change(offer, hash, node) };
}
