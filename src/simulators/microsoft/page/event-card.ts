import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { renderEventCard } from '../../kit/page/event-card.ts';
import type { Markup, Tone } from '../../kit/page/page-elements.ts';
import { badge, formatMoney, isPlain, truncate } from '../../kit/page/page-elements.ts';
import { type ComparedReport, listNames, renderComparison } from '../../kit/page/report-comparison.ts';
import { type ListedReport, sortReports } from '../../kit/report.ts';
import type { MicrosoftReport, Reason } from '../journal/conversion-counting.ts';
import type { JournalEvent } from '../journal/journal-event.ts';
import { isMerged } from '../journal/summary.ts';

export const reasonLabels: Readonly<Record<Reason, readonly [label: string, tone: Tone]>> = {
  conversion: ['conversion', 'good'],
  'page-load': ['page view', 'plain'],
  'no-goal': ['no goal', 'doubt'],
  'no-action': ['no name', 'doubt'],
  'consent-denied': ['consent denied', 'doubt'],
  'not-readable': ['not readable', 'bad'],
  'unknown-tag': ['unknown tag', 'bad'],
  retracted: ['retracted', 'doubt'],
};

/** Shows one event, whether and why it counts, and its reports. */
export function eventCard(event: JournalEvent): Markup {
  const { tagId, eventId, eventName, eventType, server, browser, reason, doubtful, why, adjustments = [] } = event;
  const { reports, used } = sortReports(event);
  if (used === undefined) return html``;
  const [label, tone] = reasonLabels[reason];
  const isBoth = browser.length > 0 && server.length > 0;
  const doubt = reason === 'conversion' ? 'may count twice' : reason === 'page-load' ? 'reported twice' : 'not merged';
  return renderEventCard<MicrosoftReport>({
    title: eventName ?? eventType,
    tone,
    isWide: isBoth,
    badges: [
      badge(label, tone),
      isMerged(event) ? badge('merged', 'both') : '',
      reason === 'conversion' && adjustments.length > 0 ? badge('adjusted', 'plain') : '',
      doubtful ? badge(doubt, 'bad') : '',
    ],
    value: formatValue(used.report),
    why,
    facts: html`${isBoth ? '' : html`<span>reported by the ${used.source} only</span>`}<span>tag <bdi>${truncate(tagId)}</bdi></span>`,
    eventId,
    content: isBoth
      ? comparison(browser[0], server[0])
      : html`<div class="line">${getIdentifiers(used.report).map((name) => badge(name, 'plain'))}</div>`,
    reports,
    at: used.report.at,
    renderWarning: ({ propertyName, errorMessage }) =>
      html`<code><bdi>${truncate(propertyName)}</bdi></code> was removed: <bdi>${truncate(errorMessage)}</bdi>`,
  });
}

/** Compares the first report of each source. */
function comparison(
  browser: ListedReport<MicrosoftReport> | undefined,
  server: ListedReport<MicrosoftReport> | undefined,
): Markup {
  if (browser === undefined || server === undefined) return html``;
  return renderComparison(toCompared(browser), toCompared(server), { compared: comparedRows, lists: listRows });
}

function toCompared(report: ListedReport<MicrosoftReport>): ComparedReport {
  const isUsed = report.duplicateOf === undefined;
  const state = report.void
    ? badge(...reasonLabels[report.void])
    : badge(isUsed ? 'used' : 'duplicate', isUsed ? 'good' : 'plain');
  return { at: report.at, state, rows: toRows(report) };
}

const comparedRows = new Set(['Name', 'Event id', 'Value', 'Order', 'Consent']);
const listRows = new Set(['Identifiers', 'Custom data']);

function toRows(report: MicrosoftReport): Map<string, string> {
  const { event } = report;
  const data = isFields(event.customData) ? event.customData : {};
  const plain = (value: unknown): string => (isPlain(value) ? String(value) : '');
  return new Map([
    ['Name', plain(event.eventName)],
    ['Event id', plain(event.eventId)],
    ['Value', formatValue(report)],
    ['Order', plain(data.transactionId)],
    ['Identifiers', getIdentifiers(report).join(' ')],
    ['Custom data', listNames(data)],
    ['Page', plain(event.eventSourceUrl)],
    ['Page load', plain(event.pageLoadId)],
    ['Consent', plain(event.adStorageConsent)],
  ]);
}

export function formatValue({ event }: MicrosoftReport): string {
  const data = isFields(event.customData) ? event.customData : {};
  return formatMoney(data.value ?? data.ecommTotalValue, data.currency);
}

const identifierNames = [
  'msclkid',
  'em',
  'ph',
  'anonymousId',
  'externalId',
  'idfa',
  'gaid',
  'clientIpAddress',
  'clientUserAgent',
];

/** Returns the names of the report's identifiers. */
function getIdentifiers({ event: { userData } }: MicrosoftReport): string[] {
  if (!isFields(userData)) return [];
  return identifierNames.filter((name) => typeof userData[name] === 'string' && userData[name] !== '');
}
