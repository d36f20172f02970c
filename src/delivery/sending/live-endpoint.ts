import { isIP } from 'node:net';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { isNonPublicAddress } from '../../net/ssrf-guard.ts';

/** Returns whether the connection's endpoint is a real platform, not a simulator on this machine or network. */
export function isLiveEndpoint(destination: BoundDestination): boolean {
  const host = new URL(destination.probe.encode(undefined, 0).url).hostname.replace(/^\[|\]$/g, '');
  return host !== 'localhost' && !(isIP(host) !== 0 && isNonPublicAddress(host));
}
