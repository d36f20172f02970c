import { isIP } from 'node:net';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Connection } from '../../event/site.ts';
import { isLoopback } from '../../net/ip-address.ts';
import { isNonPublicAddress } from '../../net/ssrf-guard.ts';

/**
 * Returns whether the connection's endpoint is a real one, not a simulator. A receiver of signed requests is the operator's own: it may stand
 * on this machine or in a private network. A platform's address there is a simulator of it.
 */
export function isLiveEndpoint(
  { probe, sign }: Pick<BoundDestination, 'probe' | 'sign'>,
  { isSimulated }: Pick<Connection, 'isSimulated'>,
): boolean {
  if (isSimulated) return false;
  if (sign !== undefined) return true;
  const host = new URL(probe.encode(undefined, 0).url).hostname.replace(/^\[|\]$/g, '');
  return !isLoopback(host) && !(isIP(host) !== 0 && isNonPublicAddress(host));
}
