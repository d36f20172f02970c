import { z } from 'zod';
import type { AdAccount } from '../account-platform.ts';
import { type CallResult, idSchema, lenient, lenientList, type MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import type { MicrosoftFailure } from './faults.ts';

/**
 * Finds the user that signed in, its roles, and the accounts that it may use.
 * @source https://learn.microsoft.com/en-us/advertising/customer-management-service/getuser?view=bingads-13 and
 * /searchaccounts (2026-08-17)
 */

/** The role of a user that may read and change nothing. */
const viewerRole = 100;

const roleSchema = z.lazy(() =>
  z.object({
    CustomerId: idSchema,
    RoleId: z.coerce.number(),
    LinkedAccountIds: lenientList(idSchema),
  }),
);
const userSchema = z.lazy(() =>
  z
    .object({ User: z.object({ Id: idSchema, UserName: lenient(z.string()) }), CustomerRoles: lenientList(roleSchema) })
    .transform(({ User, CustomerRoles }) => ({
      id: User.Id,
      userName: User.UserName ?? '',
      roles: CustomerRoles.map(({ CustomerId, RoleId, LinkedAccountIds }) => ({
        customerId: CustomerId,
        isViewer: RoleId === viewerRole,
        linkedAccountIds: LinkedAccountIds,
      })),
    })),
);
export type MicrosoftUser = z.output<typeof userSchema>;

/** Returns the call that reads the user that signed in. */
export const queryUser = (): MicrosoftCall<MicrosoftUser> => ({
  service: 'customer',
  path: '/User/Query',
  body: { UserId: null },
  answer: userSchema,
});

const accountSchema = z.lazy(() =>
  z.object({
    Id: idSchema,
    Name: lenient(z.string()),
    Number: lenient(z.string()),
    ParentCustomerId: idSchema,
    AccountLifeCycleStatus: lenient(z.string()),
    CurrencyCode: lenient(z.string()),
  }),
);
/** The most accounts of one page. */
const pageSize = 1_000;
const mostPages = 20;
const accountsSchema = z.lazy(() =>
  z.object({ Accounts: z.array(accountSchema.nullable().catch(null)).nullish() }).transform(({ Accounts }) => ({
    accounts: (Accounts ?? []).filter((account) => account !== null),
    isFull: (Accounts ?? []).length >= pageSize,
  })),
);
type AccountPage = z.output<typeof accountsSchema>;

/** Returns the call that lists a page of the accounts of a user. */
export const searchAccounts = (userId: string, page = 0): MicrosoftCall<AccountPage> => ({
  service: 'customer',
  path: '/Accounts/Search',
  body: { Predicates: [{ Field: 'UserId', Operator: 'Equals', Value: userId }], PageInfo: { Index: page, Size: pageSize } },
  answer: accountsSchema,
});

/** Reads the accounts of a user, page by page. */
export async function readAccounts(client: Pick<MicrosoftClient, 'call'>, userId: string): Promise<CallResult<Accounts>> {
  const accounts: Accounts[number][] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const read = await client.call(searchAccounts(userId, page));
    if ('failure' in read) return read;
    accounts.push(...read.answer.accounts);
    if (!read.answer.isFull) return { answer: accounts, faults: [] };
  }
  return { failure: tooMany };
}
type Accounts = AccountPage['accounts'];

const tooMany: MicrosoftFailure = {
  action: 'unavailable',
  code: 'too-many-accounts',
  message: 'The user may use more than 20,000 accounts, which Convey does not list. Sign in as a user with fewer accounts.',
};

/** Joins the accounts with the roles of the user. An agency acts for an account that is linked to it. */
export function listAccounts({ roles }: MicrosoftUser, accounts: Accounts): readonly AdAccount[] {
  return accounts.map((account) => {
    const own = roles.find(({ customerId }) => customerId === account.ParentCustomerId);
    const role = own ?? roles.find(({ linkedAccountIds }) => linkedAccountIds.includes(account.Id));
    return {
      accountId: account.Id,
      customerId: role?.customerId ?? account.ParentCustomerId,
      name: account.Name ?? '',
      number: account.Number ?? '',
      status: account.AccountLifeCycleStatus ?? '',
      currency: account.CurrencyCode ?? '',
      isReadOnly: role?.isViewer ?? false,
    };
  });
}
