import type { AuthorizationRequest, CodeExchange } from '../destinations/kit/account-link.ts';
import type { PlatformGrant } from '../storage/ports/platform-grants.ts';
import type { AccountPlatform, PlatformAccount, PlatformFailure, PlatformResult } from './account-platform.ts';
import { maskUserName } from './mask-user-name.ts';
import type { PlatformApps } from './platform-apps.ts';
import { PlatformGrants, type PlatformGrantsDeps } from './platform-grants.ts';

export interface PlatformAccountsDeps extends Omit<PlatformGrantsDeps, 'findRefresh'> {
  readonly platforms: readonly AccountPlatform[];
  readonly apps: PlatformApps;
}

/** A sign-in of an operator who connects an account. */
export interface SignInRequest {
  readonly site: string;
  readonly platform: string;
  readonly identityProvider: string;
}

/** Signs operators in at platforms, and opens the accounts of their grants. */
export class PlatformAccounts {
  readonly #deps: PlatformAccountsDeps;
  readonly #grants: PlatformGrants;

  constructor(deps: PlatformAccountsDeps) {
    this.#deps = deps;
    this.#grants = new PlatformGrants({
      ...deps,
      findRefresh: async ({ platform: id, identityProvider }) => {
        const found = await this.#findSignIn(id, identityProvider);
        return (
          found && {
            encode: (token) => found.platform.encodeRefresh(found.app, identityProvider, token),
            decode: (response) => found.platform.decodeTokens(identityProvider, response),
          }
        );
      },
    });
  }

  get platforms(): readonly AccountPlatform[] {
    return this.#deps.platforms;
  }

  find(platform: string): AccountPlatform | undefined {
    return this.#deps.platforms.find(({ id }) => id === platform);
  }

  /** Returns how to begin a sign-in, or `undefined` if the gateway has no app for it. */
  async prepare({
    platform: id,
    identityProvider,
  }: Omit<SignInRequest, 'site'>): Promise<((request: AuthorizationRequest) => string) | undefined> {
    const found = await this.#findSignIn(id, identityProvider);
    return found && ((request) => found.platform.authorize(found.app, identityProvider, request));
  }

  /** Finds a platform, with an app that has a client of the service. */
  async #findSignIn(id: string, identityProvider: string) {
    const [platform, app] = [this.find(id), await this.#deps.apps.find(id)];
    return platform && app && platform.listIdentityProviders(app).includes(identityProvider) ? { platform, app } : undefined;
  }

  /** Exchanges the code of a sign-in, and stores the grant. Returns its id. @throws ConveyError if the key cannot be read */
  async finish(signIn: SignInRequest, exchange: CodeExchange): Promise<PlatformResult<string>> {
    const { store, secrets, send, now, newId } = this.#deps;
    const { platform: id, identityProvider } = signIn;
    const found = await this.#findSignIn(id, identityProvider);
    if (!found) return { failure: appMissing };
    const { platform, app } = found;
    const sent = await send(platform.encodeExchange(app, identityProvider, exchange));
    if ('failure' in sent) return { failure: explainNoAnswer(sent.failure) };
    const answer = platform.decodeTokens(identityProvider, sent.response);
    if ('retry' in answer) return { failure: { code: 'no-access', message: answer.retry } };
    if ('refused' in answer) return { failure: answer.refused };
    const { accessToken, refreshToken } = answer.tokens;
    if (refreshToken === undefined)
      return { failure: { code: 'no-refresh-token', message: platform.explainError('no-refresh-token') } };
    const account = platform.open(app, identityProvider, { send, getAccess: async () => ({ accessToken }) });
    const userName = await account.readUserName();
    if ('failure' in userName) return userName;
    const grant = newId();
    const row = { ...signIn, id: grant, userName: maskUserName(userName.value), scopes: answer.scopes, createdAt: now() };
    await secrets.save(grant, { refreshToken }, (secret) => store.addGrant({ ...row, secret }));
    return { value: grant };
  }

  /**
   * Opens the account of a grant. Returns `undefined` if the gateway has no app at its platform.
   * @param isOver returns whether no further call may begin
   */
  async open(
    { id, platform: platformId, identityProvider }: PlatformGrant,
    isOver?: () => boolean,
  ): Promise<PlatformAccount | undefined> {
    const [platform, app] = [this.find(platformId), await this.#deps.apps.find(platformId)];
    if (!platform || !app) return undefined;
    const getAccess = (refused?: string) => this.#grants.getAccess(id, refused, isOver);
    return platform.open(app, identityProvider, { send: this.#deps.send, getAccess });
  }

  /** Returns the grant of a connection. */
  findGrant(site: string, connection: string): Promise<PlatformGrant | undefined> {
    return this.#deps.store.findGrantOf(site, connection);
  }
}

/** The failure of a gateway without an app for a sign-in. */
export const appMissing: PlatformFailure = {
  code: 'app-missing',
  message:
    'The gateway has no app for this sign-in. Enter its client id and its developer token, then connect the account again.',
};

function explainNoAnswer(failure: string): PlatformFailure {
  const message = `The sign-in service did not answer (${failure}). Check that this machine can reach it, then connect the account again.`;
  return { code: 'no-response', message };
}
