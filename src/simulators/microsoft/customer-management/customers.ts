/** The users, customers and ad accounts of the simulator. They are fixed. */

interface CustomerRole {
  readonly customerId: string;
  /** 41 Super Admin, 100 Viewer, 203 Standard. */
  readonly roleId: number;
  /** Null: all accounts of the customer. */
  readonly accountIds: readonly string[] | null;
  /** Accounts of other customers that the customer manages as their agency. */
  readonly linkedAccountIds: readonly string[] | null;
}

export interface User {
  readonly id: string;
  readonly userName: string;
  readonly label: string;
  readonly roles: readonly CustomerRole[];
}

export interface AdAccount {
  readonly id: string;
  readonly name: string;
  readonly number: string;
  readonly parentCustomerId: string;
  readonly currency: string;
}

/** Owns the tags of the demo. */
export const ownerCustomerId = '254610987';
/** Sees tags that the owner shares. */
export const sharerCustomerId = '254610988';
const agencyCustomerId = '254610999';
/** The agency's client. No user acts from it directly. */
export const clientCustomerId = '254611111';

export const adAccounts: readonly AdAccount[] = [
  { id: '180000001', name: 'Wall clocks', number: 'F1000001', parentCustomerId: ownerCustomerId, currency: 'USD' },
  { id: '180000002', name: 'Wall clocks EU', number: 'F1000002', parentCustomerId: ownerCustomerId, currency: 'EUR' },
  { id: '180000003', name: 'Clock outlet', number: 'F1000003', parentCustomerId: sharerCustomerId, currency: 'USD' },
  { id: '180000004', name: 'Client of the agency', number: 'F1000004', parentCustomerId: clientCustomerId, currency: 'USD' },
];

const everyAccount = { accountIds: null, linkedAccountIds: null };

export const users: readonly User[] = [
  {
    id: '2001',
    userName: 'owner@shop.example',
    label: 'Super Admin: may read and change everything',
    roles: [
      { customerId: ownerCustomerId, roleId: 41, ...everyAccount },
      { customerId: sharerCustomerId, roleId: 203, ...everyAccount },
      { customerId: agencyCustomerId, roleId: 41, accountIds: null, linkedAccountIds: ['180000004'] },
    ],
  },
  {
    id: '2002',
    userName: 'viewer@shop.example',
    label: 'Viewer: may read only',
    roles: [{ customerId: ownerCustomerId, roleId: 100, ...everyAccount }],
  },
];

/** Returns the accounts that the user reaches, directly or through an agency. */
export function listAccounts(user: User): readonly AdAccount[] {
  return adAccounts.filter(({ id, parentCustomerId }) =>
    user.roles.some(
      (role) =>
        role.linkedAccountIds?.includes(id) || (role.customerId === parentCustomerId && (role.accountIds?.includes(id) ?? true)),
    ),
  );
}

/** An ad account as a user acts on it. */
export interface Access {
  readonly user: User;
  readonly account: AdAccount;
  readonly mayWrite: boolean;
}

/** Returns the access of the user from a customer to an account; undefined if there is none. */
export function findAccess(user: User, customerId: string, accountId: string): Access | undefined {
  const account = listAccounts(user).find(({ id }) => id === accountId);
  const role = user.roles.find(
    (one) =>
      one.customerId === customerId && (one.linkedAccountIds?.includes(accountId) || account?.parentCustomerId === customerId),
  );
  return account === undefined || role === undefined ? undefined : { user, account, mayWrite: role.roleId !== 100 };
}
