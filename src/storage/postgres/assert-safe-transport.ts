import { ConveyError } from '../../errors.ts';
import { isLoopback } from '../../net/ip-address.ts';

/** The values of `sslmode` to another machine: a verified certificate, or clear text that the operator chose. */
const writtenModes: ReadonlySet<string> = new Set(['verify-full', 'disable']);

/**
 * Checks that the URL of a database on another machine states its transport. The driver's default is clear text, password included; it
 * reads `require`, `prefer` and `verify-ca` as `verify-full` today, and weaker in its next version, so none of them is accepted.
 * @param setting the setting or option with the URL
 * @throws ConveyError
 */
export function assertSafeTransport(
  url: string,
  setting = 'store',
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const parsed = URL.parse(url);
  if (!parsed)
    throw new ConveyError(`\`${setting}\` is not a URL`, 'Write it as `postgres://user@host:5432/database?sslmode=verify-full`');
  const modes = parsed.searchParams.getAll('sslmode');
  const [mode] = modes;
  if (modes.length === 1 && mode !== undefined && writtenModes.has(mode)) return;
  if (isOnThisMachine(parsed, environment)) return;
  const what =
    modes.length === 0
      ? `\`${setting}\` names a database on another machine without \`sslmode\`, so password and events would cross the network in clear text`
      : `\`sslmode\` of \`${setting}\` must be written once, as \`verify-full\` or \`disable\``;
  throw new ConveyError(
    what,
    'Use `?sslmode=verify-full`, with `&sslrootcert=FILE` for the certificates of your provider; or `?sslmode=disable` on a network that only your machines share',
  );
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
