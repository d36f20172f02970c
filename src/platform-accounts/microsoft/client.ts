import type { GrantAccess, SendRequest } from '../platform-grants.ts';
import { type CallContext, type CallResult, decodeAnswer, encodeCall, type MicrosoftCall } from './call.ts';
import type { MicrosoftFailure } from './faults.ts';
import { queryTagKey, tagIdParameters } from './tags.ts';

export interface MicrosoftClientDeps {
  readonly send: SendRequest;
  /** Returns an access token. @param refused one that Microsoft has refused. */
  readonly getAccess: (refused?: string) => Promise<GrantAccess>;
  readonly context: Omit<CallContext, 'accessToken'>;
}

/** Calls Microsoft Advertising's API with a grant. */
export class MicrosoftClient {
  readonly #deps: MicrosoftClientDeps;

  constructor(deps: MicrosoftClientDeps) {
    this.#deps = deps;
  }

  /** Makes a call. If Microsoft refuses the access token, it is made once more with a new one. */
  async call<T>(call: MicrosoftCall<T>): Promise<CallResult<T>> {
    const access = await this.#deps.getAccess();
    if ('none' in access) return { failure: toFailure(access) };
    const first = await this.#callOnce(call, access.accessToken);
    if (!('failure' in first) || first.failure.action !== 'refresh') return first;
    const renewed = await this.#deps.getAccess(access.accessToken);
    return 'none' in renewed ? { failure: toFailure(renewed) } : this.#callOnce(call, renewed.accessToken);
  }

  /** Reads the token of a UET tag. Undefined if Microsoft gives none; then a fault may say why. */
  async fetchTagKey(tagId: string): Promise<CallResult<string | undefined>> {
    const [documented, ofTheGuide] = tagIdParameters;
    const first = await this.call(queryTagKey(tagId, documented));
    const isUnknownForm = 'failure' in first && first.failure.action === 'bug';
    return isUnknownForm ? this.call(queryTagKey(tagId, ofTheGuide)) : first;
  }

  async #callOnce<T>(call: MicrosoftCall<T>, accessToken: string): Promise<CallResult<T>> {
    const sent = await this.#deps.send(encodeCall(call, { ...this.#deps.context, accessToken }));
    return 'failure' in sent ? { failure: explainNoAnswer(sent.failure) } : decodeAnswer(call, sent.response);
  }
}

function toFailure({ none: { code, message, isPassing } }: Extract<GrantAccess, { readonly none: unknown }>): MicrosoftFailure {
  return { action: isPassing ? 'retry' : 'stop', code, message, ...(code === 'no-access' && { isUnreached: true }) };
}

function explainNoAnswer(code: string): MicrosoftFailure {
  return {
    action: 'retry',
    isUnreached: true,
    code,
    message: `Microsoft did not answer (${code}). Check that this machine can reach it, then try again.`,
  };
}
