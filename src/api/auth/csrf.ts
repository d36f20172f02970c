/** The header that the dashboard adds to every change. A page of another site can only send it after a CORS preflight. */
export const csrfHeader = 'convey-request';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Returns whether the method changes nothing. */
export function isSafeMethod(method: string): boolean {
  return safeMethods.has(method);
}

interface RequestHead {
  readonly method: string;
  readonly header: (name: string) => string | undefined;
}

/**
 * Returns whether the request comes from the dashboard, or not from a page: never from a page of another site or of another port of
 * this machine. Changes also require a custom header, which a form cannot send and a script only after a preflight, which is never
 * granted.
 * @source https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html (2026-11-24): Fetch
 * Metadata, else the origin; custom request headers
 */
export function isSameOriginRequest({ method, header }: RequestHead, ownOrigin: string): boolean {
  const site = header('sec-fetch-site');
  const origin = header('origin');
  if (origin !== undefined && origin !== ownOrigin) return false;
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && isSafeMethod(method))) return false;
  return isSafeMethod(method) || (header(csrfHeader) ?? '') !== '';
}
