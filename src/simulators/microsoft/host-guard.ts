import { isIP } from 'node:net';

/**
 * Whether a request names this machine or the host that the simulator was told to listen on. A stranger's page can point a name of
 * its own at this address and read what is here as if it were its own site; the `Host` header still has that name.
 */
export function isOwnHost(header: string | undefined, listensOn: string): boolean {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:/?#@\s]+))(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  const host = (bracketed ?? plain ?? '').toLowerCase();
  if (host === '') return false;
  if (host === listensOn.toLowerCase() || host === 'localhost' || host.endsWith('.localhost')) return true;
  // A number cannot be pointed elsewhere.
  if (listensOn === '0.0.0.0' || listensOn === '::') return isIP(host) !== 0;
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
