import { isLoopback } from './ip-address.ts';

/** The values of `sslmode` to another machine: a verified certificate, or clear text that the operator chose. */
const writtenModes: ReadonlySet<string> = new Set(['verify-full', 'disable']);

/** The remedy of every unsafe transport. */
export const safeTransport =
  'Use `?sslmode=verify-full`, with `&sslrootcert=FILE` for the certificates of your provider; or `?sslmode=disable` on a network that only your machines share';

/**
 * Returns why the URL of a database on another machine does not state its transport: `missing` or `unknown` is its `sslmode`. The driver's
 * default is clear text, password included; it reads `require`, `prefer` and `verify-ca` as `verify-full` today, and weaker in its next
 * version, so none of them is accepted.
 */
export function findUnsafeTransport(
  url: URL,
  environment: Readonly<Record<string, string | undefined>>,
): 'missing' | 'unknown' | undefined {
  const modes = url.searchParams.getAll('sslmode');
  const [mode] = modes;
  if (modes.length === 1 && mode !== undefined && writtenModes.has(mode)) return undefined;
  if (isOnThisMachine(url, environment)) return undefined;
  return modes.length === 0 ? 'missing' : 'unknown';
}

/** Returns whether the driver connects to loopback or a socket: `host` of the query comes first, then the URL's host, then PGHOST. */
function isOnThisMachine({ hostname, searchParams }: URL, { PGHOST }: Readonly<Record<string, string | undefined>>): boolean {
  const host = searchParams.getAll('host').at(-1) || decodeHost(hostname) || PGHOST || 'localhost';
  return host.startsWith('/') || isLoopback(host);
}

/** A host that cannot be decoded counts as another machine. */
function decodeHost(hostname: string): string {
  try {
    return decodeURIComponent(hostname);
  } catch {
    return hostname;
  }
}
