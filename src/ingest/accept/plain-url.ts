/**
 * A web address that every parser splits alike, and that needs no correction: a host of ASCII labels, of which the last has letters alone, no port
 * and no user, and after the host visible ASCII characters without a backslash.
 */
const plainUrl = /^https?:\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24})(?:[/?#][!-[\]-~]*)?$/i;

/**
 * Returns the host of a usual web address in lower case, without the URL parser, which costs more than reading all other texts of an event.
 * Undefined decides nothing: the parser must read the text.
 */
export function getPlainHost(url: string): string | undefined {
  const host = plainUrl.exec(url)?.[1]?.toLowerCase();
  // The parser checks labels of other alphabets.
  return host === undefined || host.includes('xn--') ? undefined : host;
}
