import { ApiFault } from '../campaign-management/api-error.ts';
import type { UserOperation } from '../campaign-management/call.ts';
import { readId, readItems, toFields } from '../campaign-management/read-request.ts';
import { listAccounts, users } from './customers.ts';

/** The pilot that lets goals be excluded from bidding. */
export const biddingPilot = 574;

/**
 * The operations of Customer Management that a client needs to choose an account.
 * @source https://learn.microsoft.com/en-us/advertising/customer-management-service/getuser (2026-08-17)
 */
export const customerOperations: readonly UserOperation[] = [
  {
    method: 'POST',
    path: '/User/Query',
    run({ body, user }) {
      const asked = body.UserId === null || body.UserId === undefined ? user.id : readId(body.UserId);
      const found = users.find(({ id }) => id === asked);
      if (found?.id !== user.id) throw new ApiFault(106);
      return {
        User: {
          Id: user.id,
          UserName: user.userName,
          CustomerId: user.roles[0]?.customerId ?? null,
          UserLifeCycleStatus: 'Active',
        },
        CustomerRoles: user.roles.map(({ customerId, roleId, accountIds, linkedAccountIds }) => ({
          RoleId: roleId,
          CustomerId: customerId,
          AccountIds: accountIds,
          LinkedAccountIds: linkedAccountIds,
          CustomerLinkPermission: linkedAccountIds === null ? null : 'Administrative',
        })),
      };
    },
  },
  {
    method: 'POST',
    path: '/Accounts/Search',
    run({ body, user }) {
      const predicates = readItems(body, 'Predicates', 2).map(toFields);
      const isLifeCycle = predicates.some(({ Field: field }) => field === 'AccountLifeCycleStatus');
      if (predicates.length === 2 && !isLifeCycle) throw new ApiFault(100);
      const byUser = predicates.find(({ Field: field }) => field === 'UserId');
      if (byUser !== undefined && readId(byUser.Value) !== user.id) throw new ApiFault(106);
      const { Index: index = 0, Size: size = 100 } = toFields(body.PageInfo);
      if (typeof index !== 'number' || typeof size !== 'number' || size < 1 || size > 1_000) throw new ApiFault(100);
      return {
        Accounts: listAccounts(user)
          .slice(index * size, (index + 1) * size)
          .map(({ id, name, number, parentCustomerId, currency }) => ({
            Id: id,
            Name: name,
            Number: number,
            ParentCustomerId: parentCustomerId,
            AccountLifeCycleStatus: 'Active',
            CurrencyCode: currency,
            TimeZone: 'PacificTimeUSCanadaTijuana',
            PauseReason: null,
          })),
      };
    },
  },
  {
    method: 'POST',
    path: '/CustomerPilotFeatures/Query',
    run({ body, user, fault }) {
      const customerId = readId(body.CustomerId);
      const isOwn = user.roles.some((role) => role.customerId === customerId);
      const isClient = listAccounts(user).some(({ parentCustomerId }) => parentCustomerId === customerId);
      if (!isOwn && !isClient) throw new ApiFault(106);
      return { FeaturePilotFlags: fault?.mode === 'bidding-pilot-off' ? [] : [biddingPilot] };
    },
  },
];
