import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderReports } from '../../kit/page/event-card.ts';
import { badge, formatClock, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderReportDetails } from '../../kit/page/report-comparison.ts';
import type { ListedReport } from '../../kit/report.ts';
import type { ComparedEvent } from '../../kit/simulator.ts';
import type { JournalEvent, Verdict } from '../journal/journal-event.ts';
import type { GoogleReport } from '../journal/report.ts';

/** The label and the tone of an event. */
export function describeOutcome({ counted, refusal, matchedBy }: JournalEvent): Pick<ComparedEvent, 'label' | 'tone'> {
  if (counted === 'none') return { label: refusal === null ? 'not counted' : 'refused', tone: 'bad' };
  if (matchedBy.length === 0) return { label: 'no click', tone: 'doubt' };
  return { label: 'counted', tone: 'good' };
}

export function formatValue({ value, currency }: Pick<JournalEvent, 'value' | 'currency'>): string {
  return value === null ? '' : [value, currency].filter((part) => part !== null).join(' ');
}

/** Maximum number of reports that one card shows. */
const shownReports = 4;

/** Shows one conversion, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { actionId, actionName, transactionId, server, browser, isMerged, adjustments, refusal, verdict, why } = event;
  const reports = [
    ...browser.map((report) => ({ source: 'browser', report })),
    ...server.map((report) => ({ source: 'server', report })),
  ];
  const [first] = reports;
  const { label, tone } = describeOutcome(event);
  const value = formatValue(event);
  const warnings = reports.flatMap(({ report }) => report.warnings);
  return html`<li class="card ${tone} ${isMerged ? 'wide' : ''}">
<div class="line"><strong><bdi>${truncate(actionName)}</bdi></strong>
${badge(label, tone)}${isMerged ? badge('merged', 'both') : ''}${adjustments > 0 ? badge(adjustments === 1 ? '1 adjustment' : `${adjustments} adjustments`, 'plain') : ''}${verdictBadge(verdict, refusal)}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${truncate(why, 1_000)}</p>
<div class="line quiet">${first === undefined ? '' : formatClock(first.report.at)}<span>action <bdi>${actionId ?? 'unknown label'}</bdi></span><span>transaction id <bdi>${transactionId === null ? 'none' : truncate(transactionId)}</bdi></span></div>
${renderReports<GoogleReport>(event, isMerged, { toRows, describeState, ...rowKinds })}
${warnings.length === 0 ? '' : html`<ul class="warnings">${warnings.map(({ field, reason }) => html`<li><code><bdi>${truncate(field)}</bdi></code> <bdi>${truncate(reason)}</bdi></li>`)}</ul>`}
${reports.slice(0, shownReports).map(({ source, report }) => renderReportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
}

function verdictBadge(verdict: Verdict, refusal: string | null): Markup | '' {
  if (verdict === 'refused') return badge(refusal ?? 'refused', 'bad');
  if (verdict === 'processing') return badge('verdict open', 'doubt');
  return verdict === 'accepted' ? badge('verdict: success', 'plain') : '';
}

const describeState = ({ duplicateOf }: ListedReport<GoogleReport>): Markup =>
  duplicateOf === undefined ? badge('first', 'good') : badge('adjustment', 'plain');

const rowKinds = { compared: new Set(['Id', 'Value', 'Click id']), lists: new Set(['Matched by']) };

function toRows({ event, matchedBy }: GoogleReport): Map<string, string> {
  const plain = (value: unknown): string => (isPlain(value) ? String(value) : '');
  const clicks = isFields(event.adIdentifiers) ? Object.values(event.adIdentifiers).filter(isPlain).join(', ') : '';
  const consent = isFields(event.consent) ? event.consent : {};
  return new Map([
    ['Id', plain(event.transactionId)],
    ['Value', [event.conversionValue, event.currency].filter(isPlain).join(' ')],
    ['Click id', clicks],
    ['Matched by', matchedBy.join(' ')],
    ['Consent', plain(consent.adUserData)],
    ['Time', plain(event.eventTimestamp)],
  ]);
}
