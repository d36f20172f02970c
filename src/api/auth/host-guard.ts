import { isIP } from 'node:net';
import { isLoopback } from '../../net/ip-address.ts';

/** The host under which a browser reached the dashboard. */
export interface TrustedHost {
  readonly origin: string;
  /** Whether the connection is HTTPS, through the operator's proxy. */
  readonly isSecure: boolean;
}

interface Listening {
  /** The listen address. */
  readonly host: string;
  /** The URL of the proxy in front of the dashboard. */
  readonly publicUrl?: string | undefined;
}

const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Creates a check of `Host` headers that returns `undefined` for untrusted hosts. It prevents DNS rebinding: host names are trusted
 * only if they are configured. Loopback is trusted with any port, because of tunnels. Numeric addresses cannot be rebound, so they are
 * trusted unless the dashboard listens on loopback only.
 */
export function createHostGuard({ host, publicUrl }: Listening): (header: string | undefined) => TrustedHost | undefined {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl);
  return (header) => {
    if (header === undefined || !hostForm.test(header)) return undefined;
    if (publicHost && URL.parse(`${publicHost.protocol}//${header}`)?.host === publicHost.host)
      return { origin: publicHost.origin, isSecure: publicHost.protocol === 'https:' };
    const url = URL.parse(`http://${header}`);
    if (!url) return undefined;
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const isTrusted = isLoopback(name) || (!isLoopback(host) && (isIP(name) !== 0 || name === host.toLowerCase()));
    return isTrusted ? { origin: url.origin, isSecure: false } : undefined;
  };
}
