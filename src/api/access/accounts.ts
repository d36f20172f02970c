import type { Context, Env, Hono } from 'hono';
import { z } from 'zod';
import type { UnixMs } from '../../event/units.ts';
import type { AccessStore, Account, AccountChange } from '../../store/access.ts';
import type { Logger } from '../../telemetry.ts';
import type { Passwords } from './password.ts';
import { accountName, accountRole, isName, newPassword, passwordIsName, readBody } from './read-body.ts';
import { type AccessRefusal, refuse } from './refuse.ts';

export interface AccountParts {
  readonly store: AccessStore;
  readonly passwords: Passwords;
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

const added = z.object({ name: accountName, role: accountRole, password: newPassword });
const changed = z
  .object({ role: accountRole.optional(), password: newPassword.optional() })
  .refine(({ role, password }) => (role === undefined) !== (password === undefined), {
    path: ['role'],
    error: 'Or `password` must be given, one of the two.',
  });

const refusals = {
  absent: 'no-such-account',
  exists: 'account-exists',
  'owner-needed': 'owner-needed',
} as const satisfies Record<Exclude<AccountChange, 'done'>, AccessRefusal>;

/** Who has an account. Whoever mounts it sees to it that only owners, or who may open the admin socket, come here. */
export function accountRoutes<E extends Env>(app: Hono<E>, { store, passwords, now, logger }: AccountParts): void {
  const answer = async (c: Context, change: AccountChange, name: string, what: string): Promise<Response> => {
    if (change !== 'done') return refuse(c, refusals[change]);
    logger.info({ account: name, what }, 'account changed');
    return c.json({ ok: true });
  };

  app.get('/api/accounts', async (c) => c.json((await store.accounts()) satisfies readonly Account[]));

  app.post('/api/accounts', async (c) => {
    const read = await readBody(c, added);
    if ('issues' in read) return refuse(c, 'account-unreadable', read.issues);
    const { name, role, password } = read.value;
    if (isName(password, name)) return refuse(c, 'account-unreadable', [passwordIsName]);
    const account = { name, role, password: await passwords.stretch(password), createdAt: now() };
    return answer(c, await store.addAccount(account), name, 'added');
  });

  app.patch('/api/accounts/:name', async (c) => {
    const name = c.req.param('name').toLowerCase();
    const read = await readBody(c, changed);
    if ('issues' in read) return refuse(c, 'account-unreadable', read.issues);
    const { role, password } = read.value;
    if (role !== undefined) return answer(c, await store.setRole(name, role), name, 'role');
    if (password === undefined || isName(password, name)) return refuse(c, 'account-unreadable', [passwordIsName]);
    return answer(c, await store.setPassword(name, await passwords.stretch(password)), name, 'password');
  });

  app.delete('/api/accounts/:name', async (c) => {
    const name = c.req.param('name').toLowerCase();
    return answer(c, await store.removeAccount(name), name, 'removed');
  });
}
