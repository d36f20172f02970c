import { isAccountName } from '../event/account-name.ts';
import type { UnixMs } from '../event/units.ts';
import { findAccountId } from './activity-recorder.ts';

interface KnownAccount {
  readonly id: string;
  readonly name: string;
  readonly createdAt: UnixMs;
}

/** Begins the text of an account in the store. No account's name has a colon. */
const prefix = 'account:';
const removedAccountText = 'an account that was removed';

/** Returns the text by which the store names an account: by its id, because the name may be another person's later. */
export function toStoredAccount(accounts: readonly KnownAccount[], name: string): string {
  return `${prefix}${findAccountId(accounts, name)}`;
}

/**
 * Returns the present name of a stored account, or undefined if it was removed. Earlier versions stored the name: an account that is younger
 * than the row is another one.
 */
export function findStoredAccount(accounts: readonly KnownAccount[], stored: string, at: number): string | undefined {
  const isOld = !stored.startsWith(prefix);
  const id = stored.slice(prefix.length);
  return accounts.find((one) => (isOld ? one.name === stored && one.createdAt <= at : one.id === id))?.name;
}

/** Returns the present name of a stored account, or that it was removed. A source that is no account keeps its words. */
export function nameStoredAccount(accounts: readonly KnownAccount[], stored: string, at: number): string {
  const isAccount = stored.startsWith(prefix) || isAccountName(stored);
  return isAccount ? (findStoredAccount(accounts, stored, at) ?? removedAccountText) : stored;
}
