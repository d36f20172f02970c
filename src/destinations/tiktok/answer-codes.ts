import type { Issue } from '../../event/issue.ts';

/**
 * The meaning of a `code` in TikTok's answer. Most answers have status 200, so the code decides before the status.
 * - `accepted`: TikTok received every event.
 * - `partial`: TikTok received some of the events, and names none.
 * - `retry`: TikTok has a problem, or too many requests came.
 * - `blocked`: the connection has a problem.
 * - `content`: an event has a problem, and TikTok processed none of the request.
 */
export type CodeMeaning =
  | { readonly verdict: 'accepted' | 'partial' | 'content' }
  | { readonly verdict: 'retry'; readonly reason: string }
  | { readonly verdict: 'blocked'; readonly issue: Issue };

const invalidParameter = 40_002;

const blocked: Readonly<Record<number, Issue>> = {
  40001: {
    field: 'settings.token',
    code: 'access-refused',
    message:
      "The token may not send events to this pixel (40001). Generate a token in the settings of this pixel in Events Manager, or give the token's user the role of an operator of its advertiser account. Events wait meanwhile.",
  },
  40007: {
    field: 'settings.pixelCode',
    code: 'pixel-not-found',
    message:
      'TikTok knows no such pixel (40007). Copy `pixelCode` from Events Manager: it is the code such as C4ABCDEF0123456789AB, not a number. Events wait meanwhile.',
  },
  40104: {
    field: 'settings.token',
    code: 'token-missing',
    message:
      'TikTok received no access token (40104). Set the token, and check that no proxy removes the header `Access-Token`. Events wait meanwhile.',
  },
  40105: {
    field: 'settings.token',
    code: 'token-refused',
    message:
      'TikTok does not accept the access token (40105): it is wrong, incomplete or withdrawn. In Events Manager, open the pixel, then Settings > Events API > Generate access token, and set the new token. Events wait meanwhile.',
  },
};

/** The issue of a request that TikTok refuses for its source, which is the same in every request of the connection. */
export const pixelCodeRefused: Issue = {
  field: 'settings.pixelCode',
  code: 'pixel-code-refused',
  message:
    'TikTok refuses the pixel code (40002). Copy `pixelCode` from Events Manager > your pixel > Settings, without spaces. Events wait meanwhile.',
};

/**
 * Returns the meaning of a code. A code that is not known and not of a kind is the answer of something else, so the request is repeated.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10); 20001 and the bounds of 40xxx and 5xxxx are known
 * from the Business API, not from events
 */
export function readCode(code: number): CodeMeaning {
  if (code === 0) return { verdict: 'accepted' };
  if (code === 20_001) return { verdict: 'partial' };
  if (code === 40_100) return { verdict: 'retry', reason: 'TikTok reports too many requests (40100).' };
  if (code >= 50_000 && code <= 51_999) return { verdict: 'retry', reason: `TikTok reports a temporary problem (${code}).` };
  const issue = blocked[code];
  if (issue !== undefined) return { verdict: 'blocked', issue };
  if (code >= 40_000 && code <= 40_999) return { verdict: 'content' };
  return { verdict: 'retry', reason: `TikTok reports the unknown code ${code}.` };
}

/** Returns whether the code means that a parameter of the request is invalid. */
export function isInvalidParameter(code: number): boolean {
  return code === invalidParameter;
}
