import type { AccountView } from '../../../api/client.ts';

interface AccountTarget {
  readonly name: string;
  /** Whether it is the user's own account. */
  readonly isSelf: boolean;
}

/** A change to the accounts. */
export type AccountAction =
  | { readonly kind: 'invite' }
  | { readonly kind: 'add' }
  | (AccountTarget & { readonly kind: 'role'; readonly account: AccountView })
  | (AccountTarget & { readonly kind: 'password' })
  | (AccountTarget & { readonly kind: 'remove' });

export function getDialogTitle(action: AccountAction): string {
  switch (action.kind) {
    case 'invite':
      return 'Invite person';
    case 'add':
      return 'Add account';
    case 'role':
      return `Change role of ${action.name}`;
    case 'password':
      return `Reset password of ${action.name}`;
    case 'remove':
      return `Remove ${action.name}?`;
  }
}

/** Returns the consequences of a removal. */
export function getRemovalText({ name, isSelf }: AccountTarget): string {
  return isSelf
    ? 'This is your own account. You will be signed out and can no longer sign in.'
    : `${name} will be signed out everywhere and can no longer sign in. Sites and settings stay.`;
}
