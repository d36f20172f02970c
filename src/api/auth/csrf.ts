/** What a page of ours adds to every request that changes something; another site's page cannot, without asking first. */
export const csrfHeader = 'convey-request';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Whether the method only looks. */
export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method);
}

interface Asked {
  readonly method: string;
  readonly header: (name: string) => string | undefined;
}

/**
 * Whether the request comes from a page of ours, or from no page at all: never from a page of another site, nor of another port
 * of this machine. What changes something needs a header of its own as well, which a form cannot send and a script only after a
 * preflight that is never granted.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html (2026-11-24): Fetch
 * Metadata, else the origin; custom request headers
 */
export function isSameOriginRequest({ method, header }: Asked, ownOrigin: string): boolean {
  const site = header('sec-fetch-site');
  const origin = header('origin');
  if (origin !== undefined && origin !== ownOrigin) return false;
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && isSafeMethod(method))) return false;
  return isSafeMethod(method) || (header(csrfHeader) ?? '') !== '';
}
