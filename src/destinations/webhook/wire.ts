import { z } from 'zod';
import type { Issue, Json } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import type { HttpRequest, HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import { isTemporary } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';
import type { Settings } from './settings.ts';

/** Encodes one message. Delivery adds the headers of Standard Webhooks at each attempt. */
export function encode([text = '']: readonly string[], { url }: Settings): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: text,
  };
}

/** Returns the message of a body that `encode` made. */
export function decodeBody(body: string): readonly Json[] {
  const { success, data } = z.json().safeParse(parseJsonOrUndefined(body));
  return success ? [data] : [];
}

const named = z.lazy(() => z.object({ type: z.string(), timestamp: z.string(), data: z.object({ id: z.string() }).partial() }));

/** Returns the name of a message: an event keeps its name over all attempts and replays, and each probe has its own. */
export function nameMessage(body: string): string {
  const { type = '', timestamp = '', data } = named.safeParse(parseJsonOrUndefined(body)).data ?? {};
  return `${type} ${data?.id ?? timestamp}`;
}

/**
 * Returns the verdict of a response. Any whole 2xx is success, and its body has no meaning, but a page for people is a portal's or a proxy's. The
 * meaning of other statuses is Convey's own where Standard Webhooks names none.
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (2026-08-17)
 */
export function decode(response: HttpResponse, count: number): ResponseVerdict {
  const { status, headers } = response;
  if (isAccepted(status)) {
    if (isPage(response)) return { blocked: answeredByWebPage, mayBeContent: true };
    if (response.incomplete === 'cut') return { retry: `The receiver answered ${status} with a truncated answer.` };
    return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] })), issues: [] };
  }
  if (isTemporary(status)) {
    const retryAfter = headers['retry-after'];
    return { retry: `The receiver answered ${status}.`, ...(retryAfter !== undefined && { retryAfter }) };
  }
  if (status === 410) return { blocked: gone, isFinal: true };
  if (status === 401) return { blocked: signatureRefused };
  if (status < 400) return { blocked: explainRedirect(status) };
  if (isPage(response)) return { blocked: answeredByWebPage, mayBeContent: true };
  if (status === 400 || status === 413 || status === 422) return { bisect: [explainRefusedEvent(response)] };
  return { blocked: explainRefusal(status), mayBeContent: true };
}

/** A message without an event. A receiver that verifies its signature answers as to an event. */
export const probe = {
  encode: (settings: Settings, _token: string | undefined, at: UnixMs): HttpRequest =>
    encode([JSON.stringify({ type: 'convey.ping', timestamp: new Date(at).toISOString(), data: {} })], settings),
  decode(response: HttpResponse): 'ok' | Issue {
    const { status } = response;
    if (isAccepted(status)) return isPage(response) ? answeredByWebPage : 'ok';
    if (isTemporary(status)) return explainUnavailable(status);
    const verdict = decode(response, 1);
    return 'blocked' in verdict ? verdict.blocked : pingRefused;
  },
};

function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Returns whether the body is a whole page. The content type decides nothing: frameworks declare each answer as HTML, also an empty one.
 */
function isPage({ body }: HttpResponse): boolean {
  return /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|title|meta|body|script)\b/i.test(body);
}

function explainRefusedEvent({ status, body }: HttpResponse): Issue {
  const words = sanitizeVendorText(body);
  return {
    field: '',
    code: 'refused',
    message: `The receiver refused the event (${status}). ${words === '' ? 'It gave no reason.' : `Its words: “${words}”.`} Correct the receiver or the event, then retry the failed event.`,
  };
}

function explainRefusal(status: number): Issue {
  return {
    field: 'settings.url',
    code: 'receiver-refused',
    message: `The receiver refuses requests (${status}). Check \`url\`, and the access rules of the receiver. Events wait meanwhile.`,
  };
}

function explainRedirect(status: number): Issue {
  return {
    field: 'settings.url',
    code: 'redirected',
    message: `The receiver answered with a redirect (${status}), which Convey never follows. Set \`url\` to the final URL. Events wait meanwhile.`,
  };
}

function explainUnavailable(status: number): Issue {
  return {
    field: 'settings.url',
    code: 'probe-unavailable',
    message: `The receiver answered ${status}, so it has a temporary problem. Try again in a few minutes.`,
  };
}

const answeredByWebPage: Issue = {
  field: 'settings.url',
  code: 'answered-by-web-page',
  message:
    'The answer is a web page, so a portal, a proxy or another server answered instead of the receiver. Check `url`. Events wait meanwhile.',
};

const signatureRefused: Issue = {
  field: 'settings.secrets',
  code: 'signature-refused',
  message:
    "The receiver does not accept the signature (401). Compare `secrets` with the receiver's, and check the clocks of both: they may differ by 5 minutes. Events wait meanwhile.",
};

const gone: Issue = {
  field: 'settings.url',
  code: 'gone',
  message:
    'The receiver wants no further requests (410), so the connection is paused. Resume it when the receiver accepts events again.',
};

const pingRefused: Issue = {
  field: 'settings.url',
  code: 'ping-refused',
  message:
    'The receiver refused the message `convey.ping`, which tests the connection. Let it answer 2xx to types that it does not know.',
};
