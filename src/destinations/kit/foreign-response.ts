import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import type { HttpResponse } from './destination.ts';
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

/**
 * Returns whether the platform has a temporary problem. Includes statuses that HTTP does not define for a response. Any other
 * 4xx is a refusal, so a person or the response's content decides on it.
 */
export function isTemporary(status: number): boolean {
  return status < 300 || status >= 500 || status === 408 || status === 425 || status === 429;
}

/**
 * Returns the verdict of a 2xx without `field`, by which the platform states that it received the events. They may have arrived, so they are
 * sent again under the same ids (decision 0033).
 */
export function retryUnconfirmed(
  { status, incomplete }: HttpResponse,
  platform: string,
  field: string,
): { readonly retry: string } {
  const answer = incomplete ? 'a truncated answer' : `an answer without \`${field}\``;
  return {
    retry: `${platform} answered ${status} with ${answer}, so the events do not count as delivered. Check \`endpoint\`, and any proxy on the way.`,
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
