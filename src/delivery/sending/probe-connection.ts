import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { type Issue, unknownAnswerCode } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import { isTlsFailure } from '../../net/failure-code.ts';
import { AuthorizedSender } from './authorized-sender.ts';
import type { Sender, SendResult } from './http-sender.ts';

/** `unreached`: no answer came. `unverified`: an answer that is no verdict, such as a 503 or a proxy's page. */
export type ProbeState = 'accepted' | 'refused' | 'unreached' | 'unverified';

/** The platform's verdict on a credential. `ok`: the state is `accepted`. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly state: ProbeState;
  readonly says: string;
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
  if (!('verdict' in sent)) return { ok: false, state: 'unreached', says: explainNoResponse(sent) };
  if (!sent.response) {
    const { verdict } = sent;
    if ('blocked' in verdict) return { ok: false, state: judgeIssue(verdict.blocked), says: verdict.blocked.message };
    return { ok: false, state: verdict.isUnanswered ? 'unreached' : 'unverified', says: verdict.retry };
  }
  const { verdict } = sent;
  const { date = '' } = sent.response.headers;
  return verdict === 'ok'
    ? { ok: true, state: 'accepted', says: 'The platform accepts the credential. No event was sent', date }
    : { ok: false, state: judgeIssue(verdict), says: verdict.message, date };
}

/** Codes of answers that are no verdict of the platform on the credential. */
const unverifiedCodes: ReadonlySet<string> = new Set([
  unknownAnswerCode,
  'probe-unavailable',
  'answered-by-web-page',
  'endpoint-wrong',
  'redirected',
]);

function judgeIssue({ code }: Issue): ProbeState {
  return unverifiedCodes.has(code) ? 'unverified' : 'refused';
}

/** Describes how far an unanswered request came, and what to check. */
export function explainNoResponse(sent: Exclude<SendResult, { readonly response: unknown }>): string {
  if ('unknown' in sent)
    return `The platform did not respond (${sent.unknown}). Try again. If the problem persists, check \`endpoint\` (https or http) if you changed it, and check for a proxy or firewall that blocks requests`;
  if (isTlsFailure(sent.notSent))
    return `The TLS connection to the platform failed (${sent.notSent}), so no request was sent: the certificate is not trusted, or the server does not use TLS. Check \`endpoint\` (https or http) if you changed it, this machine's clock, the host's certificate, and whether a proxy intercepts connections. Events wait meanwhile`;
  return `The platform cannot be reached (${sent.notSent}), so no request was sent. Allow connections from this machine to the endpoint's host (DNS, firewall, proxy), and check \`endpoint\` if you changed it. Events wait meanwhile`;
}
