import type { ConsentTally } from '../../event/consent-tally.ts';
import type { Event } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { now, serverContext, shop } from '../site.fixture.ts';
import { acceptEvent, type Rejection, type SubmissionContext } from './accept.ts';

function tryAccept(
  submission: unknown,
  { requester = serverContext, site = shop }: { requester?: SubmissionContext; site?: Site } = {},
) {
  let idCount = 0;
  return acceptEvent(submission, requester, site, now, () => `fresh-${++idCount}`);
}

export function accepted(submission: object, as: { requester?: SubmissionContext; site?: Site } = {}): Event {
  const result = tryAccept({ name: 'Purchase', ...submission }, as);
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  return result.event;
}

/** Returns the tally of a submission; `undefined` if it is not counted. */
export function tallied(submission: object, requester: SubmissionContext): ConsentTally | undefined {
  const result = tryAccept({ name: 'Purchase', ...submission }, { requester });
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  return result.tally;
}

export function rejected(submission: unknown, as: { requester?: SubmissionContext; site?: Site } = {}): Rejection {
  const result = tryAccept(submission, as);
  if ('event' in result) throw new Error('accepted');
  return result.rejection;
}

export const codes = (of: { readonly warnings: Event['warnings'] }) => of.warnings.map(({ field, code }) => `${field} ${code}`);
export const clickId = 'dd4afcccb1c94a4cad9544dd7e5006ab';
export const other = '292049a17e2413e3a4081719e839afe6';
