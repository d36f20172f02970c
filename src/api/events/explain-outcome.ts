import { type Consent, pendingConsentMs } from '../../event/consent.ts';
import { denialCodes } from '../../event/denial-codes.ts';
import type { ReportSource } from '../../event/event.ts';
import { formatCount } from '../../event/format-numbers.ts';
import { describeSkip, type SkipTexts } from '../../event/skip-reasons.ts';
import { secondMs, type UnixMs } from '../../event/units.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { OutcomeView } from './schemas.ts';
import type { AttemptView } from './timeline-schemas.ts';

/** A report of the event, as far as it explains an outcome. */
interface ExplainedReport {
  readonly reporter: ReportSource;
  readonly receivedAt: UnixMs;
  readonly consent: Consent;
}

/** Returns why consent was denied, as the reports of the event state it; `undefined` if none of them does. */
export function explainDenial(reports: readonly Pick<ExplainedReport, 'consent'>[], texts?: SkipTexts): string | undefined {
  const choices = reports.map(({ consent }) => consent);
  const denial = choices.find(({ stated }) => stated === 'denied');
  if (denial?.source === 'gpc') return 'The browser sends Global Privacy Control, which counts as a denial. No action needed.';
  if (denial) return 'The shopper declined advertising storage. No action needed.';
  if (choices.some(({ adUserData }) => adUserData === 'denied'))
    return 'The shopper declined the use of their data for advertising. No action needed.';
  if (choices.length === 0 || choices.some(({ effective }) => effective !== 'denied')) return undefined;
  const { remedy } = describeSkip('consent-denied', texts);
  return `No choice was reported, and the site's consent policy counts that as denied. ${remedy}`;
}

/** Returns an outcome with the sentence that fits this event, if its reports explain the outcome. */
export function explainSkip(outcome: OutcomeView, reports: readonly ExplainedReport[], texts?: SkipTexts): OutcomeView {
  if (outcome.outcome !== 'consent-denied') return outcome;
  const codes = outcome.issues.map(({ code }) => code);
  const says = codes.some((code) => denialCodes.has(code))
    ? "A browser's report denied this event of the shop. The issue below explains why the denial counts."
    : codes.includes('visitor-denied')
      ? 'The browser of the visitor that the shop names denied consent, in this event or before. No action needed.'
      : explainDenial(reports, texts);
  return says === undefined ? outcome : { ...outcome, says };
}

/**
 * Returns what a deferred event waits for. The first report is the primary one.
 * @param beganAt when its wait began
 * @param isSeeminglyExpired whether the event is too old by a clock that is suspect
 */
export function explainWait(
  { reason, dueAt, tries }: DeferredDelivery,
  reports: readonly ExplainedReport[],
  beganAt = reports[0]?.receivedAt ?? 0,
  isSeeminglyExpired = false,
): string {
  if (isSeeminglyExpired)
    return "The event seems too old for the platform, but the clock may be wrong. It is over two days ahead of the last removal of old data. Waits until the clock is corrected, or trusted within about a day. Check this machine's clock.";
  const [first] = reports;
  switch (reason) {
    case 'confirm':
      return 'Waits until a server or webhook confirms the purchase, at most 24 hours.';
    case 'bisect':
      return 'The platform refused a request that contained this event. Its events are sent again in smaller requests.';
    case 'retry':
      return tries === 0 ? 'Waits for its next attempt.' : 'The last attempt failed. Waits for the next one.';
    case 'hold': {
      if (!first) return 'Waits for a duplicate report or for consent.';
      const limit = `at most ${Math.ceil((dueAt - beganAt) / secondMs)} s`;
      const isPending = reports.every(({ consent }) => consent.effective === 'pending');
      if (isPending && dueAt - beganAt <= pendingConsentMs) return `Waits for the shopper's consent choice, ${limit}.`;
      const other = first.reporter === 'browser' ? "the shop's server or webhook" : 'the thank-you page';
      return `Waits for the report of ${other}, ${limit}, so that both count once.`;
    }
  }
}

/** Returns how far an event came that its connection has not settled yet. `attempts`: the event's requests, the oldest first. */
export function explainUnsettled(attempts: readonly Pick<AttemptView, 'result'>[]): string {
  const last = attempts.at(-1);
  if (!last) return 'Waits to be sent.';
  if (last.result === 'unanswered') return 'Sent. The platform has not answered yet.';
  if (last.result === 'unknown') return 'Sent, but no answer came. The same request is sent again.';
  return `${formatCount(attempts.length, 'attempt')} so far, and none was accepted. Waits for the next one.`;
}
