import type { Role } from '../../../api/client.ts';

interface AccountTarget {
  readonly name: string;
  /** Whether it is the user's own account. */
  readonly isSelf: boolean;
}

/** A change to an account. */
export type AccountAction =
  | { readonly kind: 'add' }
  | (AccountTarget & { readonly kind: 'role'; readonly role: Role })
  | (AccountTarget & { readonly kind: 'password' })
  | (AccountTarget & { readonly kind: 'remove' });

export function getDialogTitle(action: AccountAction): string {
  if (action.kind === 'add') return 'Add account';
  if (action.kind === 'role') return `Make ${action.name} ${action.role === 'owner' ? 'an owner' : 'a viewer'}?`;
  return action.kind === 'password' ? `Reset password of ${action.name}` : `Remove ${action.name}?`;
}

export function getConfirmLabel(action: AccountAction): string {
  if (action.kind === 'add') return 'Add account';
  if (action.kind === 'role') return action.role === 'owner' ? 'Make owner' : 'Make viewer';
  return action.kind === 'password' ? 'Reset password' : 'Remove account';
}

/** Returns the consequences of the action. */
export function getDialogBody(action: AccountAction): string {
  if (action.kind === 'add') return '';
  const { name, isSelf } = action;
  if (action.kind === 'password')
    return isSelf
      ? 'You will be signed out everywhere, including here. Sign in again with the new password.'
      : 'They will be signed out everywhere. Give them the new password in person.';
  if (action.kind === 'remove')
    return isSelf
      ? 'This is your own account. You will be signed out and can no longer sign in.'
      : `${name} will be signed out everywhere and can no longer sign in. Their sites and settings stay.`;
  return action.role === 'owner'
    ? `${name} will be able to change everything: sites, connections and accounts, including yours.`
    : `${isSelf ? 'You' : name} will be able to see everything except accounts, and change nothing.`;
}
