import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { decodeList, encodeList } from '../kit/encode-list.ts';
import { createForeignReader, isAccepted, isWebPage, retryUnconfirmed } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const { decodeForeign, explainForeignProbe, webPageVerdict } = createForeignReader({
  platform: 'Example Ads',
  api: 'API of Example Ads',
});

export function encode(texts: readonly string[], { token, mode, endpoint }: Settings): HttpRequest {
  return {
    method: 'POST',
    url: `${endpoint}/2026-11/events`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: encodeList('events', texts, { test: mode === 'test' }),
  };
}

const answerSchema = z.object({ received: z.int() });

/** Returns the payloads of a body that `encode` made. */
export function unpack(body: string): readonly Json[] {
  return decodeList(body, 'events');
}

/** @source https://ads.example/docs/errors (2026-11-24); the meaning of statuses other than 200, 400, 401 and 429 is an assumption. */
export function decode(response: HttpResponse, count: number, { endpoint }: Settings): ResponseVerdict {
  const { status, body, incomplete } = response;
  if (isWebPage(response) && status < 500) return webPageVerdict;
  if (status === 200 && !incomplete && answerSchema.safeParse(parseJsonOrUndefined(body)).success)
    return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] })), issues: [] };
  if (isAccepted(status))
    return retryUnconfirmed(response, { platform: 'Example Ads', field: 'received', endpoint, standard: standardEndpoint });
  if (status === 400) return { bisect: [] };
  return status === 401 || status === 403 ? { blocked: refused } : decodeForeign(response, count);
}

/** A request without events: the token is judged before the list. */
export const probe = {
  encode: (settings: Settings): HttpRequest => encode([], settings),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    if ((status === 200 || status === 400) && !isWebPage(response)) return 'ok';
    return status === 401 || status === 403 ? refused : explainForeignProbe(response);
  },
};

const refused: Issue = {
  field: 'settings.token',
  code: 'token-refused',
  message: 'Example Ads does not accept the token. Copy it again from Account > API.',
};
