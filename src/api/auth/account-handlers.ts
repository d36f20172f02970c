import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { AccountChange, AccountStore } from '../../storage/store/accounts.ts';
import { isName, passwordIsName } from '../http/account-schema.ts';
import { type ApiErrorCode, ApiErrorResult } from '../http/api-errors.ts';
import type { Handlers } from '../router.ts';
import type { PasswordHasher } from './password-hash.ts';

export interface AccountParts {
  readonly store: AccountStore;
  readonly passwords: PasswordHasher;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

const gone = { absent: 'no-such-account' } as const;
const last = { 'owner-needed': 'owner-needed' } as const;

type AccountHandlers = Pick<
  Handlers,
  'GET /api/accounts' | 'POST /api/accounts' | 'PATCH /api/accounts/:name' | 'DELETE /api/accounts/:name'
>;

/** Who has an account. The door sees to it that of the dashboard's port only owners come here. */
export function accountHandlers({ store, passwords, now, logger }: AccountParts): AccountHandlers {
  const answer = <Code extends ApiErrorCode>(
    change: AccountChange,
    refusals: Readonly<Partial<Record<AccountChange, Code>>>,
    name: string,
    what: string,
  ) => {
    const code = refusals[change];
    if (code !== undefined) return new ApiErrorResult(code);
    if (change !== 'done') throw new Error(`an account could not be ${what}: ${change}`);
    logger.info({ account: name, what }, 'account changed');
    return { ok: true } as const;
  };
  const isNamed = () => new ApiErrorResult('parameter-invalid', [passwordIsName]);

  return {
    'GET /api/accounts': () => store.listAccounts(),

    'POST /api/accounts': async (_, { name, role, password }) => {
      if (isName(password, name)) return isNamed();
      const account = { name, role, password: await passwords.stretch(password), createdAt: now() };
      return answer(await store.addAccount(account), { exists: 'account-exists', ...last }, name, 'added');
    },

    'PATCH /api/accounts/:name': async ({ name }, { role, password }) => {
      if (role !== undefined) return answer(await store.setRole(name, role), { ...gone, ...last }, name, 'given a role');
      if (password === undefined || isName(password, name)) return isNamed();
      return answer(await store.setPassword(name, await passwords.stretch(password)), gone, name, 'given a password');
    },

    'DELETE /api/accounts/:name': async ({ name }) =>
      answer(await store.removeAccount(name), { ...gone, ...last }, name, 'removed'),
  };
}
