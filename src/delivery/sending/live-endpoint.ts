import { isIP } from 'node:net';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { isLoopback } from '../../net/ip-address.ts';
import { isNonPublicAddress } from '../../net/ssrf-guard.ts';

/**
 * Returns whether the connection's endpoint is a real one, not a simulator on this machine or network. A receiver of signed requests is the
 * operator's own: it may stand in a private network.
 */
export function isLiveEndpoint({ probe, sign }: Pick<BoundDestination, 'probe' | 'sign'>): boolean {
  const host = new URL(probe.encode(undefined, 0).url).hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return false;
  return sign !== undefined || !(isIP(host) !== 0 && isNonPublicAddress(host));
}
