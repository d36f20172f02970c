import type { Role } from '../../../api/client.ts';

interface AccountTarget {
  readonly name: string;
  /** Whether it is the user's own account. */
  readonly isSelf: boolean;
}

/** A change to an account. */
export type AccountAction =
  | { readonly what: 'add' }
  | (AccountTarget & { readonly what: 'role'; readonly role: Role })
  | (AccountTarget & { readonly what: 'password' })
  | (AccountTarget & { readonly what: 'remove' });

export function getDialogTitle(asked: AccountAction): string {
  if (asked.what === 'add') return 'Add account';
  if (asked.what === 'role') return `Make ${asked.name} ${asked.role === 'owner' ? 'an owner' : 'a viewer'}?`;
  return asked.what === 'password' ? `Reset password of ${asked.name}` : `Remove ${asked.name}?`;
}

/** Returns the label of the confirm button. */
export function getConfirmLabel(asked: AccountAction): string {
  if (asked.what === 'add') return 'Add account';
  if (asked.what === 'role') return asked.role === 'owner' ? 'Make owner' : 'Make viewer';
  return asked.what === 'password' ? 'Reset password' : 'Remove account';
}

/** Returns the consequences of the action. */
export function getDialogBody(asked: AccountAction): string {
  if (asked.what === 'add') return '';
  const { name, isSelf } = asked;
  if (asked.what === 'password')
    return isSelf
      ? 'You will be signed out everywhere, including here. Sign in again with the new password.'
      : 'They will be signed out everywhere. Give them the new password in person.';
  if (asked.what === 'remove')
    return isSelf
      ? 'This is your own account. You will be signed out and can no longer sign in.'
      : `${name} will be signed out everywhere and can no longer sign in. Their sites and settings stay.`;
  return asked.role === 'owner'
    ? `${name} will be able to change everything: sites, connections and accounts, including yours.`
    : `${isSelf ? 'You' : name} will be able to see everything except accounts, and change nothing.`;
}
