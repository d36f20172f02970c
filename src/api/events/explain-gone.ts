import { pendingConsentMs } from '../../event/consent.ts';
import { skipReasons } from '../../event/skip-reasons.ts';
import { secondMs } from '../../event/units.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { AbsentReason } from '../../storage/ports/reports.ts';
import { isUnsent } from './outcomes.ts';
import type { GoneReason, OutcomeView } from './schemas.ts';

/** Why the data of an event is gone, as a kind and as sentences. */
export interface GoneView {
  readonly reason: GoneReason;
  readonly says: string;
}

const wait = `${pendingConsentMs / secondMs} s`;
const removed = 'Its data was removed, and each connection skips the event as `consent-denied`.';
const { remedy } = skipReasons['consent-denied'];

const consentTexts = {
  'consent-missing': `No consent came within ${wait}, neither with the event nor from the browser of its visitor, and the site's policy counts that as denied. ${removed} Send \`consent\` with each event of a server, or in \`user.anonymousId\` the visitor id of a browser that reports the shopper's choice.`,
  'consent-refused': `Consent was denied within ${wait}, while the event waited for it. ${removed} No action needed.`,
  'consent-denied': `Consent was denied, or none came within ${wait}. ${removed} ${remedy}`,
} as const;

/**
 * Explains why the data of an event is gone.
 * @param record undefined if the event log no longer has it @param absent the reason that the store recorded
 */
export function explainGone(record: Pick<LogRecord, 'body'> | undefined, absent: AbsentReason | undefined): GoneView {
  switch (absent) {
    case 'consent-missing':
    case 'consent-refused':
    case 'consent-denied':
      return { reason: 'consent-denied', says: consentTexts[absent] };
    case 'erased':
    case 'erased-report':
      return { reason: 'erased', says: 'A privacy request erased the data. The delivery history remains. No action needed.' };
    default:
  }
  if (!record)
    return {
      reason: 'expired',
      says: 'The data was removed after `retentionDays.events`. The id is kept, so that a repeat is not counted. No action needed.',
    };
  if ('corrupt' in record.body)
    return {
      reason: 'damaged',
      says: 'The record does not match its checksum. Check the disk, and restore a backup if events are missing.',
    };
  return { reason: 'erased', says: 'The data was erased. The delivery history remains. No action needed.' };
}

const unsentTexts = {
  'consent-denied': 'Nothing is sent. The connection has not reached the event yet, and then skips it as `consent-denied`.',
  erased: 'Nothing is sent. The connection has not reached the event yet, and then skips it as `erased`.',
  expired: 'Nothing is sent. The connection did not reach the event before its data was removed.',
  damaged: 'Nothing is sent. The connection has not reached the event yet, and then records it as a failed event.',
} as const satisfies Record<GoneReason, string>;

/**
 * Returns the outcome of an event of which no report has its data, so that it waits for nothing that could send it. An event that waited for
 * consent in vain is not sent after its wait either.
 */
export function explainGoneOutcome<Outcome extends OutcomeView>(outcome: Outcome, { reason }: Pick<GoneView, 'reason'>): Outcome {
  if (outcome.outcome === 'before-connection')
    return {
      ...outcome,
      says: 'Received before this connection existed, so it was not sent. No replay sends it, because its data was removed.',
    };
  const isWaiting = isUnsent(outcome) || (outcome.outcome === 'waiting' && reason === 'consent-denied');
  return isWaiting ? { ...outcome, says: unsentTexts[reason] } : outcome;
}
