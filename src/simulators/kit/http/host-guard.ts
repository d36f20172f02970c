import { isIP } from 'node:net';

/**
 * Returns whether the `Host` header names this machine or the host that the simulator listens on. Prevents DNS rebinding: another site
 * can point its name at this address, and the header still contains that name.
 */
export function isOwnHost(header: string | undefined, listensOn: string): boolean {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:/?#@\s]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase();
  if (host === '') return false;
  if (host === listensOn.toLowerCase() || host === 'localhost' || host.endsWith('.localhost')) return true;
  // An IP address cannot be rebound.
  if (listensOn === '0.0.0.0' || listensOn === '::') return isIP(host) !== 0;
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
