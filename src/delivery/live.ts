import { isIP } from 'node:net';
import type { Platform } from '../destinations/kit/destination.ts';
import { isSpecialAddress } from './address-guard.ts';

/** Whether events of this connection reach a real platform rather than a simulator on this machine or network. */
export function isLive(platform: Platform): boolean {
  const host = new URL(platform.probe.encode().url).hostname.replace(/^\[|\]$/g, '');
  return host !== 'localhost' && !(isIP(host) !== 0 && isSpecialAddress(host));
}
