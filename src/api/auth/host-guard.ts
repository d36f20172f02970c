import { isIP } from 'node:net';

/** How a browser reached the dashboard. */
export interface TrustedHost {
  readonly origin: string;
  /** Over https, through the operator's proxy. */
  readonly isSecure: boolean;
}

interface Listening {
  /** The address that is listened on. */
  readonly host: string;
  /** Under which a proxy brings browsers here. */
  readonly publicUrl?: string | undefined;
}

const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * Reads a `Host` header: `undefined` where it is not ours. A page whose name was pointed at this machine (DNS rebinding) comes
 * under that name, so names are taken from the settings alone. Loopback's are ours by whatever port a tunnel has; an address in
 * digits cannot be pointed anywhere, and is ours where more than this machine is listened to.
 */
export function createHostGuard({ host, publicUrl }: Listening): (header: string | undefined) => TrustedHost | undefined {
  const outside = publicUrl === undefined ? undefined : new URL(publicUrl);
  return (header) => {
    if (header === undefined || !hostForm.test(header)) return undefined;
    if (outside && URL.parse(`${outside.protocol}//${header}`)?.host === outside.host)
      return { origin: outside.origin, isSecure: outside.protocol === 'https:' };
    const asked = URL.parse(`http://${header}`);
    if (!asked) return undefined;
    const name = asked.hostname.replace(/^\[|\]$/g, '');
    const isOurs = isLoopback(name) || (!isLoopback(host) && (isIP(name) !== 0 || name === host.toLowerCase()));
    return isOurs ? { origin: asked.origin, isSecure: false } : undefined;
  };
}
