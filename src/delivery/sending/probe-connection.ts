import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { UnixMs } from '../../event/units.ts';
import { AuthorizedSender } from './authorized-sender.ts';
import type { Sender, SendResult } from './http-sender.ts';

/** The platform's verdict on a credential. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly says: string;
  /** The `Date` header of the response. */
  readonly date?: string;
}

/** Checks whether the platform accepts the credential. No event is sent. */
export async function probeCredential(destination: BoundDestination, sender: Sender, now: () => UnixMs): Promise<ProbeResult> {
  const sent = await new AuthorizedSender({ destination, sender, now }).probe();
  if (!('verdict' in sent)) return { ok: false, says: explainNoResponse(sent) };
  if (!sent.response) return { ok: false, says: 'blocked' in sent.verdict ? sent.verdict.blocked.message : sent.verdict.retry };
  const { verdict } = sent;
  const { date = '' } = sent.response.headers;
  return verdict === 'ok'
    ? { ok: true, says: 'The platform accepts the credential. No event was sent', date }
    : { ok: false, says: verdict.message, date };
}

/** Describes how far an unanswered request came, and what to check. */
export function explainNoResponse(sent: Exclude<SendResult, { readonly response: unknown }>): string {
  if ('unknown' in sent)
    return `The platform did not respond (${sent.unknown}). Try again. If the problem persists, check \`endpoint\` (https or http) if you changed it, and check for a proxy or firewall that blocks requests`;
  if (untrusted.test(sent.notSent))
    return `The TLS connection to the platform failed (${sent.notSent}), so no request was sent: the certificate is not trusted, or the server does not use TLS. Check \`endpoint\` (https or http) if you changed it, this machine's clock, the host's certificate, and whether a proxy intercepts connections. Events wait meanwhile`;
  return `The platform cannot be reached (${sent.notSent}), so no request was sent. Allow connections from this machine to the endpoint's host (DNS, firewall, proxy), and check \`endpoint\` if you changed it. Events wait meanwhile`;
}

/** Codes of OpenSSL and Node.js for a failed handshake or a refused certificate. */
const untrusted = /^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH$)/;
