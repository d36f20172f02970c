import type { ApiResponse } from '../../../../api/client.ts';

type Account = ApiResponse<'GET /api/sites/:site/account-links/:link/accounts'>[number];
type Tag = ApiResponse<'POST /api/sites/:site/account-links/:link/tags'>[number];

/** Returns the option of an account, with the number that the platform's pages show. */
export function describeAccount({ name, number, accountId, isReadOnly }: Account): string {
  return [name, number === '' ? accountId : number, ...(isReadOnly ? ['view only'] : [])]
    .filter((part) => part !== '')
    .join(' · ');
}

const states = {
  active: 'active',
  inactive: 'silent for a day',
  unverified: 'never received',
} as const satisfies Record<NonNullable<Tag['status']>, string>;

/** Returns the option of a tag. */
export function describeTag({ name, tagId, status, isShared }: Tag): string {
  const parts = [name, tagId, ...(status === undefined ? [] : [states[status]]), ...(isShared ? ['of another customer'] : [])];
  return parts.filter((part) => part !== '').join(' · ');
}
