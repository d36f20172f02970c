import { randomBytes } from 'node:crypto';
import { hourMs, type UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import type { Access, AccountChange, AccountStore } from '../../storage/ports/accounts.ts';
import { type ApiErrorCode, ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { isGuessable, passwordIsGuessable } from './guessable-password.ts';
import type { PasswordHasher } from './password-hash.ts';
import { canGrant, listPermitted } from './permissions.ts';
import type { accountRoutes } from './routes.ts';
import { newToken } from './token.ts';

export interface AccountDeps {
  readonly store: AccountStore;
  readonly passwords: PasswordHasher;
  readonly now: () => UnixMs;
  readonly logger: Logger;
  /** The dashboard's address for people on other machines. */
  readonly publicUrl?: string | undefined;
}

const accountMissing = { absent: 'no-such-account' } as const;
const lastOwner = { 'owner-needed': 'owner-needed' } as const;

/** Creates the handlers of accounts and invitations. @param listSites returns the ids of all sites. */
export function createAccountHandlers(
  { store, passwords, now, logger, publicUrl }: AccountDeps,
  listSites: () => readonly string[],
): RouteHandlers<typeof accountRoutes> {
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
  /** To the caller, sites on which it has no role do not exist. */
  const hasUnknownSite = ({ sites }: Access, caller?: Access) => {
    const known = listPermitted(caller, 'viewer', listSites(), (site) => site);
    return sites.some(({ site }) => !known.includes(site));
  };
  const siteError = () => new ApiErrorResult('parameter-invalid', [unknownSite]);

  return {
    'GET /api/accounts': () => store.listAccounts(),

    'POST /api/accounts': async (_, { name, role, sites = [], password }) => {
      if (hasUnknownSite({ role, sites })) return siteError();
      if (await isGuessable(password, name)) return passwordError();
      const account = { name, role, sites, password: await passwords.hash(password), createdAt: now() };
      return finish(await store.addAccount(account), { exists: 'account-exists', ...lastOwner }, name, 'added');
    },

    'PATCH /api/accounts/:name': async ({ name }, { role, sites = [], password }, caller) => {
      if (role !== undefined) {
        if (hasUnknownSite({ role, sites })) return siteError();
        const change = await store.setAccess(name, { role, sites });
        return finish(change, { ...accountMissing, ...lastOwner }, name, 'role changed');
      }
      // Otherwise a borrowed session could set the password of its account without the current one.
      if (caller.account === name) return new ApiErrorResult('parameter-invalid', [ownPassword]);
      if (password === undefined || (await isGuessable(password, name))) return passwordError();
      return finish(await store.setPassword(name, await passwords.hash(password)), accountMissing, name, 'password changed');
    },

    'DELETE /api/accounts/:name': async ({ name }) =>
      finish(await store.removeAccount(name), { ...accountMissing, ...lastOwner }, name, 'removed'),

    'GET /api/invitations': async (_, __, { access }) => {
      const at = now();
      return (await store.listInvitations()).filter((one) => one.expiresAt > at && canGrant(access, one));
    },

    'POST /api/invitations': async (_, { role, sites = [], label, hours }, { access, account }) => {
      if (hasUnknownSite({ role, sites }, access)) return siteError();
      if (!canGrant(access, { role, sites }))
        return new ApiErrorResult('owner-only', [role === 'per-site' ? foreignSite : allSites]);
      // The first account is created with the setup link.
      if ((await store.listAccounts()).length === 0) return new ApiErrorResult('owner-needed');
      const { plain, hash } = newToken();
      const createdAt = now();
      const sorted = sites.toSorted((a, b) => (a.site < b.site ? -1 : 1));
      const invitation = { id: newInvitationId(), label, role, sites: sorted, createdAt, expiresAt: createdAt + hours * hourMs };
      await store.removeExpiredInvitations(createdAt);
      await store.addInvitation({ ...invitation, hash, ...(account !== undefined && { inviter: account }) });
      logger.info({ invitation: invitation.id }, 'invitation created');
      const path = `${invitationPath}#${plain}`;
      return { ...invitation, token: plain, path, ...(publicUrl !== undefined && { url: new URL(path, publicUrl).href }) };
    },

    'DELETE /api/invitations/:invitation': async ({ invitation }, _, { access }) => {
      const found = (await store.listInvitations()).find(({ id }) => id === invitation);
      if (!found || !canGrant(access, found) || !(await store.removeInvitation(invitation)))
        return new ApiErrorResult('no-such-invitation');
      logger.info({ invitation }, 'invitation revoked');
      return { ok: true };
    },
  };
}

/** The dashboard's page for an invited person. The token follows after `#`, which a browser sends to no server. */
const invitationPath = '/invitation';

const newInvitationId = () => randomBytes(8).toString('hex');

const ownPassword = createParameterIssue('password', 'that of another account', 'Change your own on the page of your account.');
const ownSites = 'You can invite people only to sites that you own.';
const allSites = createParameterIssue('role', '`per-site`', ownSites);
const foreignSite = createParameterIssue('sites', 'a list of own sites', ownSites);
const unknownSite = createParameterIssue('sites', 'a list of existing sites', 'Correct the ids, or add the sites first.');
