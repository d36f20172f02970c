import type { HttpRequest, HttpResponse } from '../destinations/kit/http-message.ts';
import { minuteMs, type UnixMs } from '../event/units.ts';
import type { GrantRefresh, PlatformGrant, PlatformGrantStore } from '../storage/ports/platform-grants.ts';
import type { GrantSecrets, GrantTokens } from './grant-secrets.ts';
import type { TokenAnswer } from './token-answer.ts';

/** Sends a request, or returns the code of the failure. */
export type SendRequest = (request: HttpRequest) => Promise<{ readonly response: HttpResponse } | { readonly failure: string }>;

/** The refresh of a grant's tokens at its platform. */
export interface TokenRefresh {
  encode(refreshToken: string): HttpRequest;
  decode(response: HttpResponse): TokenAnswer;
}

export interface PlatformGrantsDeps {
  readonly store: PlatformGrantStore;
  readonly secrets: GrantSecrets;
  readonly send: SendRequest;
  /** Returns the refresh of a grant; `undefined` if the gateway has no client at its platform. */
  readonly findRefresh: (grant: PlatformGrant) => Promise<TokenRefresh | undefined>;
  readonly now: () => UnixMs;
  /** Returns a new id for the owner of a lease. */
  readonly newId: () => string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** An access token, or why there is none. */
export type GrantAccess =
  | { readonly accessToken: string }
  /** `isDead`: the operator must connect the account again. `isPassing`: it may pass by itself. */
  | { readonly none: { readonly code: string; readonly message: string; readonly isDead: boolean; readonly isPassing: boolean } };

/** A refresh that takes longer is regarded as given up. Longer than any request. */
const leaseMs = minuteMs;
const pollMs = 200;
/** Time before its expiry at which an access token is refreshed; for a short-lived one a quarter of its life. */
const renewalMarginMs = 5 * minuteMs;

/**
 * Gives access to the accounts of grants. One gateway refreshes a grant at a time, and the others take its tokens from the store. New tokens
 * are stored before they are used, because the platform may not accept the earlier refresh token any more.
 */
export class PlatformGrants {
  readonly #deps: PlatformGrantsDeps;

  constructor(deps: PlatformGrantsDeps) {
    this.#deps = deps;
  }

  /**
   * Returns an access token of a grant.
   * @param refused an access token that the platform has refused
   * @param isOver returns whether to give up
   */
  async getAccess(id: string, refused?: string, isOver = () => false): Promise<GrantAccess> {
    const { store, secrets, newId, sleep } = this.#deps;
    const owner = newId();
    for (let waitedMs = 0; waitedMs <= 2 * leaseMs; waitedMs += pollMs) {
      if (isOver()) return none('stopping', 'The check was stopped. It is repeated by itself.');
      const grant = await store.findGrant(id);
      if (!grant) return none('grant-missing', 'The account is not connected. Connect it.', true);
      if (grant.dead) return none(grant.dead.code, 'The platform has ended the access. Connect the account again.', true);
      const tokens = secrets.read(grant);
      if (!tokens) return none('secret-unreadable', keyMissing);
      const { accessToken, accessUntil = 0 } = tokens;
      const now = this.#deps.now();
      if (accessToken !== undefined && accessToken !== refused && now < accessUntil) return { accessToken };
      if (await store.claimGrantRefresh(id, grant.revision, owner, now, leaseMs)) {
        const access = await this.#refresh(grant, tokens, owner);
        if (access) return access;
      } else await sleep(pollMs);
    }
    return none('refresh-running', 'Another gateway is refreshing the access. Try again.');
  }

  /** Refreshes the tokens under the lease. Returns `undefined` if another gateway has changed the grant meanwhile. */
  async #refresh(grant: PlatformGrant, tokens: GrantTokens, owner: string): Promise<GrantAccess | undefined> {
    const { store, secrets } = this.#deps;
    const { id, revision } = grant;
    const answer = await this.#exchange(grant, tokens).catch(async (error: unknown) => {
      await store.finishGrantRefresh(id, revision, owner, 'unchanged');
      throw error;
    });
    if ('tokens' in answer) {
      const { accessToken, refreshToken = tokens.refreshToken, livesMs } = answer.tokens;
      const usableMs = livesMs - Math.min(renewalMarginMs, livesMs / 4);
      const next = { refreshToken, accessToken, accessUntil: this.#deps.now() + usableMs };
      const isStored = await secrets.save(id, next, (secret) => store.finishGrantRefresh(id, revision, owner, { secret }));
      return isStored ? { accessToken } : undefined;
    }
    const { refreshToken } = answer;
    const finish = (result: GrantRefresh) =>
      refreshToken === undefined
        ? store.finishGrantRefresh(id, revision, owner, result)
        : secrets.save(id, { refreshToken }, (secret) =>
            store.finishGrantRefresh(id, revision, owner, result === 'unchanged' ? { secret } : { ...result, secret }),
          );
    if ('refused' in answer && answer.refused.isFinal) {
      const isStored = await finish({ dead: { code: answer.refused.code, since: this.#deps.now() } });
      return isStored ? none(answer.refused.code, answer.refused.message, true) : undefined;
    }
    await finish('unchanged');
    return 'refused' in answer ? none(answer.refused.code, answer.refused.message) : none('no-access', answer.retry);
  }

  async #exchange(grant: PlatformGrant, { refreshToken }: GrantTokens): Promise<TokenAnswer> {
    const refresh = await this.#deps.findRefresh(grant);
    if (!refresh) return { refused: { code: 'client-missing', message: clientMissing, isFinal: false } };
    const sent = await this.#deps.send(refresh.encode(refreshToken));
    if ('failure' in sent)
      return {
        retry: `The sign-in service did not answer (${sent.failure}). Check that this machine can reach it, then try again.`,
      };
    return refresh.decode(sent.response);
  }
}

const passing: ReadonlySet<string> = new Set(['no-access', 'refresh-running', 'stopping']);

function none(code: string, message: string, isDead = false): GrantAccess {
  return { none: { code, message, isDead, isPassing: passing.has(code) } };
}

const keyMissing =
  'The key that encrypted the access is missing. Restore the key and restart Convey, or connect the account again.';
const clientMissing = 'The gateway has no app for this sign-in. Enter the client id of the app, then try again.';
