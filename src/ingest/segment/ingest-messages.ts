import { defaultSegmentSettings } from '../../event/segment-settings.ts';
import type { Site } from '../../event/site.ts';
import { type AcceptResult, acceptEvent, acceptSignal, type SubmissionContext } from '../accept/accept.ts';
import { type AppendDeps, acceptAndAppend, type IngestResponse, toIngestResponse } from '../accept/append-events.ts';
import { parseTimestamp } from '../accept/parse-time.ts';
import { createDenialLimit, type DeniedPlaces } from '../browser/denied-purchases.ts';
import type { ProxySettings } from '../http/client-info.ts';
import type { JudgedCaller, Shopper } from './segment-caller.ts';
import { type MessageFrame, type TranslatedMessage, translateMessage } from './segment-message.ts';

/** The messages of one request, and what they share. */
export interface MessageBatch {
  readonly messages: readonly unknown[];
  readonly frame: Omit<MessageFrame, 'isTrusted'>;
}

export interface MessageDeps extends Omit<AppendDeps, 'append'> {
  /** Appends to the event log. `hasDenial`: a report of the body denies. */
  readonly append: (records: Parameters<AppendDeps['append']>[0], hasDenial: boolean) => ReturnType<AppendDeps['append']>;
  readonly deniedPlaces: DeniedPlaces;
  readonly proxies: Pick<ProxySettings, 'lookUpCountry'>;
}

/**
 * Accepts the messages of one request. Each names its own visitor, because a server sends messages of many shoppers in one batch.
 * `positions` of the result are those of its entries in the body: some messages are ignored.
 * @throws LogUnavailableError: then nothing of the body may be acknowledged.
 */
export async function ingestMessages(
  { messages, frame }: MessageBatch,
  { reporter }: Pick<JudgedCaller, 'reporter'>,
  client: Shopper,
  site: Site,
  deps: MessageDeps,
): Promise<IngestResponse & { readonly positions: readonly number[] }> {
  const now = deps.now();
  const { purchaseId, adConsentCategories } = site.segment ?? defaultSegmentSettings;
  const whole: MessageFrame = { ...frame, isTrusted: reporter === 'server' };
  const translated = messages
    .map((message, position) => ({ ...translateMessage(message, whole, { purchaseId, adConsentCategories }), position }))
    .filter((one) => one.kind !== 'ignored');
  const positions = translated.map(({ position }) => position);
  const denials = createDenialLimit(deps.deniedPlaces);
  let hasDenial = false;
  const read = (message: Exclude<TranslatedMessage, { readonly kind: 'ignored' }>): AcceptResult => {
    const context: SubmissionContext = {
      ...client,
      lookUpCountry: deps.proxies.lookUpCountry,
      reporter,
      via: 'segment',
      ...(reporter === 'browser' && readClock(message.sentAt, now)),
      ...(message.isRecordOnly && { notSent: 'record-only' }),
    };
    const accept = message.kind === 'signal' ? acceptSignal : acceptEvent;
    const result = accept(message.submission, context, site, now, deps.newId);
    if ('event' in result && result.event.consent.stated === 'denied') hasDenial = true;
    return reporter === 'browser' ? denials.limit(result) : result;
  };
  const append = (records: Parameters<AppendDeps['append']>[0]) => deps.append(records, hasDenial);
  try {
    return {
      ...toIngestResponse(await acceptAndAppend(translated, read, { site, reporter, now }, { ...deps, append })),
      positions,
    };
  } catch (error) {
    denials.giveBack();
    throw error;
  }
}

/** Returns the time by which the sender's clock is behind ours. A browser repeats a request with the time of the first try, so only its clock is corrected. */
function readClock(sentAt: unknown, now: number): Pick<SubmissionContext, 'clockBehindMs'> {
  const sent = parseTimestamp(sentAt);
  return sent === undefined ? {} : { clockBehindMs: now - sent };
}
