import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { judgeProbe } from '../../destinations/kit/judge-probe.ts';
import { type CredentialTest, explainSettingsTest } from '../../event/settings-test.ts';
import type { UnixMs } from '../../event/units.ts';
import { isTlsFailure } from '../../net/failure-code.ts';
import { AuthorizedSender } from './authorized-sender.ts';
import type { Sender, SendResult } from './http-sender.ts';

/** The platform's verdict on a credential. `ok`: the state is `accepted`. */
export interface ProbeResult extends CredentialTest {
  readonly ok: boolean;
  /** The `Date` header of the response. */
  readonly date?: string;
}

/** Checks whether the platform accepts the credential. No event is sent. */
export async function probeCredential(
  destination: BoundDestination,
  sender: Pick<Sender, 'send'>,
  now: () => UnixMs,
): Promise<ProbeResult> {
  const sent = await new AuthorizedSender({ destination, sender, now }).probe();
  if (!('verdict' in sent)) return toResult('not-reached', explainNoResponse(sent));
  if (!sent.response) {
    const { verdict } = sent;
    if ('blocked' in verdict) return toResult(judgeProbe(verdict.blocked), verdict.blocked.message);
    return toResult(verdict.isUnanswered ? 'not-reached' : 'unverified', verdict.retry);
  }
  const { verdict } = sent;
  const { date = '' } = sent.response.headers;
  const details = verdict === 'ok' ? 'No event was sent' : verdict.message;
  return { ...toResult(judgeProbe(verdict), details), date };
}

function toResult(state: ProbeResult['state'], details: string): ProbeResult {
  return { ok: state === 'accepted', state, says: explainSettingsTest(state, details) };
}

/** Describes how far an unanswered request came, and what to check. */
export function explainNoResponse(sent: Exclude<SendResult, { readonly response: unknown }>): string {
  if ('unknown' in sent)
    return `The platform did not respond (${sent.unknown}). Try again. If the problem persists, check \`endpoint\` (https or http) if you changed it, and check for a proxy or firewall that blocks requests`;
  if (isTlsFailure(sent.notSent))
    return `The TLS connection to the platform failed (${sent.notSent}), so no request was sent: the certificate is not trusted, or the server does not use TLS. Check \`endpoint\` (https or http) if you changed it, this machine's clock, the host's certificate, and whether a proxy intercepts connections. Events wait meanwhile`;
  return `The platform cannot be reached (${sent.notSent}), so no request was sent. Allow connections from this machine to the endpoint's host (DNS, firewall, proxy), and check \`endpoint\` if you changed it. Events wait meanwhile`;
}
