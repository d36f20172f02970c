import { z } from 'zod';
import { type Issue, unknownAnswerCode } from '../../event/issue.ts';
import type { HttpResponse, ResponseVerdict } from './destination.ts';
import { parseJsonOrUndefined } from './response-body.ts';

const anyObject = z.object({});

/**
 * Returns whether the response is a page for people: a portal, a proxy or a web server answered instead of the platform's API. Its
 * author did not check events, so it is no verdict on them.
 */
export function isWebPage({ headers, body }: HttpResponse): boolean {
  // JSON is a response of the API even if it is declared as a page.
  if (anyObject.safeParse(parseJsonOrUndefined(body)).success) return false;
  return (
    /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headers['content-type'] ?? '') ||
    /^\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|title|meta|body|script)\b/i.test(body)
  );
}

/** Returns whether the status is a success. */
export function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Returns whether the platform has a temporary problem. Includes statuses that HTTP does not define for a response. Any other
 * 4xx is a refusal, so a person or the response's content decides on it.
 */
export function isTemporary(status: number): boolean {
  return status < 300 || status >= 500 || status === 408 || status === 425 || status === 429;
}

/**
 * Returns the verdict of a 2xx without `field`, by which the platform states that it received the events. They may have arrived, so they are
 * sent again under the same ids. An answer that was cut off, a text and an error are no success. Any other answer may be a new form of the
 * platform's success, so the repeats are bounded (decision 0033).
 */
export function retryUnconfirmed(
  response: HttpResponse,
  answer: UnconfirmedAnswer,
): Extract<ResponseVerdict, { readonly retry: string }> {
  const { platform, endpoint, standard } = answer;
  const noSuccess = describeNoSuccess(response);
  const form = noSuccess ?? describeUnknownForm(response, answer);
  const retryAfter = response.headers['retry-after'];
  return {
    retry: `${platform} answered ${response.status} with ${form}, so the events do not count as delivered. Check \`endpoint\`, and any proxy on the way.`,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(noSuccess === undefined && { unconfirmed: endpoint === standard ? 'platform' : 'own-endpoint' }),
  };
}

const statedError = z.object({ error: z.unknown().refine((error) => error !== null && error !== undefined) });

function describeUnknownForm({ incomplete }: HttpResponse, { field }: UnconfirmedAnswer): string {
  return incomplete
    ? 'an answer that is longer than Convey reads, so it is truncated'
    : `an answer in an unknown form, without \`${field}\``;
}

/** Returns whether a 2xx may be a success of the platform in a form that Convey does not know. */
export function isUnknownSuccess(response: HttpResponse): boolean {
  return describeNoSuccess(response) === undefined;
}

function describeNoSuccess({ body, incomplete }: HttpResponse): string | undefined {
  if (incomplete === 'cut') return 'a truncated answer';
  if (incomplete === 'too-long' || body.trim() === '') return undefined;
  const json = parseJsonOrUndefined(body);
  if (json === undefined) return 'a text that is no JSON';
  return statedError.safeParse(json).success ? 'an error' : undefined;
}

interface UnconfirmedAnswer {
  readonly platform: string;
  /** The member by which the platform states that it received the events. */
  readonly field: string;
  /** The connection's endpoint. */
  readonly endpoint: string;
  /** The platform's own endpoint. */
  readonly standard: string;
}

interface ForeignReaderOptions {
  readonly platform: string;
  /** The interface that should have answered: `Conversions API of Example`. */
  readonly api: string;
  /** Statuses, besides 401 and redirects, that do not depend on the content of an event. */
  readonly connectionStatuses?: readonly number[];
  /** Returns the delay that the platform asks for; `retry-after` if absent. */
  readRetryAfter?(headers: HttpResponse['headers']): string | undefined;
}

const readStandardHeader = (headers: HttpResponse['headers']) => headers['retry-after'];

/**
 * Creates the readers of responses that have no answer of the platform. The platform decides when to ask them, because some platforms read the
 * body before the status.
 */
export function createForeignReader(options: ForeignReaderOptions) {
  const { platform, api, connectionStatuses = [], readRetryAfter = readStandardHeader } = options;
  const webPage = explainWebPage(api);

  function explainForeign(response: HttpResponse): Issue {
    const { status } = response;
    if (status >= 300 && status < 400) return explainRedirect(status);
    return isWebPage(response) ? webPage : explainForeignAnswer(status, `${platform}'s`, api);
  }

  function retryLater({ headers }: HttpResponse, reason: string): ResponseVerdict {
    const retryAfter = readRetryAfter(headers);
    return { retry: reason, ...(retryAfter !== undefined && { retryAfter }) };
  }

  return {
    explainForeign,
    retryLater,
    /** A web application firewall answers like this too. It checks the content of events, so a probe does not reveal it. */
    webPageVerdict: { blocked: webPage, mayBeContent: true } as const satisfies ResponseVerdict,
    /** Returns the verdict of a response that is no success and has no answer of the platform. */
    decodeForeign(response: HttpResponse, count: number): ResponseVerdict {
      const { status } = response;
      if (isTemporary(status)) return retryLater(response, `${platform} answered ${status}.`);
      // A proxy may refuse the size, so smaller batches may pass. A single event cannot be made smaller.
      if (status === 413 && (count > 1 || !isWebPage(response))) return { bisect: [] };
      const isAboutConnection = status === 401 || status < 400 || connectionStatuses.includes(status);
      return { blocked: explainForeign(response), ...(!isAboutConnection && { mayBeContent: true }) };
    },
    /** Returns the issue of a probe whose response has no answer of the platform. */
    explainForeignProbe(response: HttpResponse): Issue {
      const { status } = response;
      return isTemporary(status) && !isAccepted(status) ? explainUnavailable(status, platform) : explainForeign(response);
    },
  };
}

/** The issue of a web page in place of `api`. A web application firewall answers like this too. */
export function explainWebPage(api: string): Issue {
  return {
    field: 'settings.endpoint',
    code: 'answered-by-web-page',
    message: `The endpoint answered with a web page, so it is not the ${api}. Check \`endpoint\` (https, not http), and whether a proxy, a firewall or a sign-in page answers instead. Events wait meanwhile.`,
  };
}

/** The issue of an answer that lacks the format of the platform. */
export function explainForeignAnswer(status: number, owner: string, api: string): Issue {
  return {
    field: 'settings.endpoint',
    code: 'endpoint-wrong',
    message: `The endpoint answered ${status} in a format that is not ${owner}, so it is not the ${api}. Check \`endpoint\`, and any proxy on the way. Events wait meanwhile.`,
  };
}

/** The issue of a probe that met a success in an unknown form. */
export function explainUnknownAnswer(status: number, platform: string): Issue {
  return {
    field: 'settings.endpoint',
    code: unknownAnswerCode,
    message: `${platform} answers in an unknown form (${status}), so the credential could not be checked. Update Convey, and check \`endpoint\` and any proxy on the way.`,
  };
}

export function explainRedirect(status: number): Issue {
  return {
    field: 'settings.endpoint',
    code: 'redirected',
    message: `The endpoint answered with a redirect (${status}). Convey does not follow it, because that would disclose the token. Set \`endpoint\` to the final URL.`,
  };
}

/** The issue of a probe that met a temporary problem. */
export function explainUnavailable(status: number, platform: string): Issue {
  return {
    field: 'settings.endpoint',
    code: 'probe-unavailable',
    message: `The token could not be checked: ${platform} answered ${status}, so it has a temporary problem. Try again in a few minutes.`,
  };
}
