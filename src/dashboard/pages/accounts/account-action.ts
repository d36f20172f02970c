import type { Role } from '../../../api/client.ts';

interface AccountTarget {
  readonly name: string;
  /** Whether it is the account of who asks. */
  readonly isSelf: boolean;
}

/** What somebody is about to do to an account. */
export type AccountAction =
  | { readonly what: 'add' }
  | (AccountTarget & { readonly what: 'role'; readonly role: Role })
  | (AccountTarget & { readonly what: 'password' })
  | (AccountTarget & { readonly what: 'remove' });

export function getDialogTitle(asked: AccountAction): string {
  if (asked.what === 'add') return 'Add an account';
  if (asked.what === 'role') return `Make ${asked.name} ${asked.role === 'owner' ? 'an owner' : 'a viewer'}?`;
  return asked.what === 'password' ? `Set a password for ${asked.name}` : `Remove ${asked.name}?`;
}

/** What the button says that does it. */
export function getConfirmLabel(asked: AccountAction): string {
  if (asked.what === 'add') return 'Add the account';
  if (asked.what === 'role') return asked.role === 'owner' ? 'Make an owner' : 'Make a viewer';
  return asked.what === 'password' ? 'Set the password' : 'Remove the account';
}

/** What will come of it. */
export function getDialogBody(asked: AccountAction): string {
  if (asked.what === 'add') return '';
  const { name, isSelf } = asked;
  if (asked.what === 'password')
    return isSelf
      ? 'You are signed out everywhere, here too, and sign in with the new one.'
      : 'They are signed out everywhere, and sign in with the new one. Tell it to them in person.';
  if (asked.what === 'remove')
    return isSelf
      ? 'This is your own account. You are signed out, and cannot sign in any more.'
      : `${name} is signed out everywhere, and cannot sign in any more. What they set up stays.`;
  return asked.role === 'owner'
    ? `${name} may then do everything: change sites and connections, and the accounts, yours too.`
    : `${isSelf ? 'You' : name} may then look at everything but the accounts, and change nothing.`;
}
