import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { UnixMs } from '../../event/units.ts';

/** The certificate that a host shows, judged as Node.js does: by its own authorities and those of `NODE_EXTRA_CA_CERTS`. */
export interface Certificate {
  readonly validTo: UnixMs;
  /** As it lists them: `DNS:data.shop.example`. */
  readonly names: string;
  /** Why it is not trusted, as Node.js names it: `CERT_HAS_EXPIRED`. */
  readonly refusal?: string;
  /** SHA-256 of its public key, in Base64: what a browser can be told to trust. */
  readonly keyPin: string;
}

const timeoutMs = 10_000;

/** Shakes hands with the host and says nothing more. Answers why it could not, where it could not: `ECONNREFUSED`. At most 10 s. */
export function readCertificate({ hostname, port }: URL): Promise<Certificate | { readonly problem: string }> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(isIP(host) === 0 && { servername: host }),
      // What is not trusted is read all the same, to say what is wrong with it.
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
        ...(!socket.authorized && { refusal: nameOf(refusal) }),
      });
    });
  });
}

/** Typed as an Error, and a code as text in fact. */
function nameOf(refusal: unknown): string {
  if (typeof refusal === 'string') return refusal;
  if (!(refusal instanceof Error)) return 'unknown';
  return 'code' in refusal && typeof refusal.code === 'string' ? refusal.code : refusal.message;
}
