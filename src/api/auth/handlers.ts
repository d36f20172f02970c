import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { AccountChange, AccountStore } from '../../storage/store/accounts.ts';
import { type ApiErrorCode, ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { isGuessable, passwordIsGuessable } from './guessable-password.ts';
import type { PasswordHasher } from './password-hash.ts';
import type { accountRoutes } from './routes.ts';

export interface AccountDeps {
  readonly store: AccountStore;
  readonly passwords: PasswordHasher;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

const accountMissing = { absent: 'no-such-account' } as const;
const lastOwner = { 'owner-needed': 'owner-needed' } as const;

/** Creates the handlers of accounts. On the dashboard's port, the auth middleware admits only owners. */
export function createAccountHandlers({ store, passwords, now, logger }: AccountDeps): RouteHandlers<typeof accountRoutes> {
  const finish = <Code extends ApiErrorCode>(
    change: AccountChange,
    errors: Readonly<Partial<Record<AccountChange, Code>>>,
    name: string,
    what: string,
  ) => {
    const code = errors[change];
    if (code !== undefined) return new ApiErrorResult(code);
    if (change !== 'done') throw new Error(`account change failed (${what}): ${change}`);
    logger.info({ account: name, what }, 'account changed');
    return { ok: true } as const;
  };
  const passwordError = () => new ApiErrorResult('parameter-invalid', [passwordIsGuessable]);

  return {
    'GET /api/accounts': () => store.listAccounts(),

    'POST /api/accounts': async (_, { name, role, password }) => {
      if (await isGuessable(password, name)) return passwordError();
      const account = { name, role, password: await passwords.hash(password), createdAt: now() };
      return finish(await store.addAccount(account), { exists: 'account-exists', ...lastOwner }, name, 'added');
    },

    'PATCH /api/accounts/:name': async ({ name }, { role, password }) => {
      if (role !== undefined)
        return finish(await store.setRole(name, role), { ...accountMissing, ...lastOwner }, name, 'role changed');
      if (password === undefined || (await isGuessable(password, name))) return passwordError();
      return finish(await store.setPassword(name, await passwords.hash(password)), accountMissing, name, 'password changed');
    },

    'DELETE /api/accounts/:name': async ({ name }) =>
      finish(await store.removeAccount(name), { ...accountMissing, ...lastOwner }, name, 'removed'),
  };
}
