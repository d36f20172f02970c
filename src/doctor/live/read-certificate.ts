import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { UnixMs } from '../../event/units.ts';

/** The certificate of a host, verified by Node.js with its own authorities and those of `NODE_EXTRA_CA_CERTS`. */
export interface Certificate {
  readonly validTo: UnixMs;
  /** The names in the certificate's own format: `DNS:data.shop.example`. */
  readonly names: string;
  /** The code of Node.js if the certificate is not trusted, such as `CERT_HAS_EXPIRED`. */
  readonly refusal?: string;
  /** The Base64 of the SHA-256 of the public key. Browsers can be configured to trust it. */
  readonly keyPin: string;
}

const timeoutMs = 10_000;

/** Does a TLS handshake with the host and returns its certificate, or the reason of the failure, such as `ECONNREFUSED`. Takes at most 10 s. */
export function readCertificate({ hostname, port }: URL): Promise<Certificate | { readonly problem: string }> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(isIP(host) === 0 && { servername: host }),
      // Untrusted certificates are read, too, to report the reason.
      rejectUnauthorized: false,
      timeout: timeoutMs,
    });
    const end = (answer: Certificate | { readonly problem: string }) => {
      socket.destroy();
      resolve(answer);
    };
    const late = setTimeout(() => end({ problem: 'ETIMEDOUT' }), timeoutMs);
    socket.once('close', () => clearTimeout(late));
    socket.once('error', (error: NodeJS.ErrnoException) => end({ problem: error.code ?? error.message }));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      if (!shown) return end({ problem: 'no certificate' });
      const refusal: unknown = socket.authorizationError;
      end({
        validTo: shown.validToDate.getTime(),
        names: shown.subjectAltName ?? '',
        keyPin: createHash('sha256')
          .update(shown.publicKey.export({ type: 'spki', format: 'der' }))
          .digest('base64'),
        ...(!socket.authorized && { refusal: refusalCode(refusal) }),
      });
    });
  });
}

/** Returns the code of a refusal. Its type is Error, but in fact it is a string. */
function refusalCode(refusal: unknown): string {
  if (typeof refusal === 'string') return refusal;
  if (!(refusal instanceof Error)) return 'unknown';
  return 'code' in refusal && typeof refusal.code === 'string' ? refusal.code : refusal.message;
}
