import { html } from 'hono/html';
import type { ListedReport, Report, SourcedReport } from '../report.ts';
import { badge, formatClock, type Markup, type Tone, truncate } from './page-elements.ts';
import { type ComparedReport, type RowKinds, renderComparison, renderReportDetails } from './report-comparison.ts';

/** Maximum number of reports that one card shows. */
const shownReports = 4;

interface EventCard<R extends Report> {
  readonly title: string;
  readonly tone: Tone;
  /** Whether the card has room for a comparison. */
  readonly isWide: boolean;
  /** After the title: whether the event counts and was merged. */
  readonly badges: readonly (Markup | '')[];
  /** Such as `125.4 USD`; empty if there is none. */
  readonly value: string;
  /** Why it counts, or why not. */
  readonly why: string;
  /** The account and other facts, each in a `span`. */
  readonly facts: Markup;
  readonly eventId: string | null;
  /** A comparison of the reports, or the keys of the only one. */
  readonly content: Markup;
  readonly reports: readonly SourcedReport<ListedReport<R>>[];
  /** ISO 8601. The time of the report that is used. */
  readonly at: string;
  renderWarning(warning: R['warnings'][number], source: string): Markup;
}

/** Shows one event, whether and why it counts, and its reports. */
export function renderEventCard<R extends Report>(card: EventCard<R>): Markup {
  const { title, tone, isWide, badges, value, why, facts, eventId, content, reports, at, renderWarning } = card;
  return html`<li class="card ${tone} ${isWide ? 'wide' : ''}">
<div class="line"><strong><bdi>${truncate(title)}</bdi></strong>
${badges}${reports.length > 1 ? badge(`${reports.length} reports`, 'plain') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${truncate(why, 1_000)}</p>
<div class="line quiet">${formatClock(at)}${facts}<span>event id <bdi>${eventId === null ? 'none' : truncate(eventId)}</bdi></span></div>
${content}
${reports.flatMap(({ source, report }) =>
  report.warnings.length === 0
    ? []
    : [html`<ul class="warnings">${report.warnings.map((warning) => html`<li>${renderWarning(warning, source)}</li>`)}</ul>`],
)}
${reports.slice(0, shownReports).map(({ source, report }) => renderReportDetails(report, reports.length > 1 ? source : ''))}
${reports.length > shownReports ? html`<p class="quiet">${reports.length - shownReports} more reports: <a href="journal/events">/journal/events</a></p>` : ''}
</li>`;
}

interface ComparedEvent<R extends Report> {
  readonly browser: readonly ListedReport<R>[];
  readonly server: readonly ListedReport<R>[];
  /** The keys by which the platform can match a person. */
  readonly matchedBy: readonly string[];
}

interface ReportRows<R> extends RowKinds {
  /** Returns the texts of a report by the name of their row. */
  toRows(report: R): ReadonlyMap<string, string>;
  /** Returns whether the platform uses the report. By default a duplicate is not used. */
  describeState?(report: R): Markup;
}

/** Compares the first reports of both sources if they were merged. Otherwise shows the keys of the event. */
export function renderReports<R extends Report>(
  { browser: [left], server: [right], matchedBy }: ComparedEvent<R>,
  isMerged: boolean,
  { toRows, describeState = describeUse, ...kinds }: ReportRows<ListedReport<R>>,
): Markup {
  const toCompared = (report: ListedReport<R>): ComparedReport => ({
    at: report.at,
    state: describeState(report),
    rows: toRows(report),
  });
  if (isMerged) return left && right ? renderComparison(toCompared(left), toCompared(right), kinds) : html``;
  if (matchedBy.length === 0) return html``;
  return html`<div class="line quiet"><span>matched by</span>${matchedBy.map((key) => badge(key, 'plain'))}</div>`;
}

const describeUse = ({ duplicateOf }: { readonly duplicateOf?: string }): Markup =>
  duplicateOf === undefined ? badge('used', 'good') : badge('duplicate', 'plain');
