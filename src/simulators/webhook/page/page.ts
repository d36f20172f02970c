import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import type { Totals } from '../../kit/journal-store.ts';
import { renderFigure } from '../../kit/page/counts.ts';
import { definePage } from '../../kit/page/define-page.ts';
import { badge, formatClock, formatCount, isPlain, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderReportDetails } from '../../kit/page/report-comparison.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import type { JournalMessage, JournalRequest } from '../journal.ts';

export const page = definePage({
  platform: 'Webhook receiver',
  title: 'Webhook simulator',
  intro: 'Verifies each message by the rules of Standard Webhooks, and shows what came and how often.',
  views: {
    all: { label: 'All', shows: () => true },
    repeated: { label: 'Arrived again', shows: ({ reports }) => reports.length > 1 },
  },
  renderEmpty,
  renderSummary,
  renderEvent: renderMessage,
  renderRequest: renderOneRequest,
});

function renderSummary(events: readonly JournalMessage[], totals: Readonly<Totals>): Markup {
  const repeats = events.reduce((sum, { reports }) => sum + reports.length - 1, 0);
  const types = new Map<string, number>();
  for (const { type } of events) types.set(type, (types.get(type) ?? 0) + 1);

  return html`<section class="top" aria-labelledby="answer"><div>
<h2 id="answer">${events.length === 0 ? 'No message so far' : html`<b>${events.length.toLocaleString('en')}</b> verified ${events.length === 1 ? 'message' : 'messages'}`}</h2>
${repeats > 0 ? html`<p><b class="both">${formatCount(repeats, 'repeat')}</b> with an id that was known. Each message counts once.</p>` : ''}
${totals.refused > 0 ? html`<p><b class="bad">${formatCount(totals.refused, 'request')}</b> not stored: see <a href="#requests">the requests</a>.</p>` : ''}
<dl class="totals">${renderFigure('Requests', totals.requests)}${renderFigure('Not answered 200', totals.failed)}${renderFigure('Repeats', repeats)}</dl></div>
<div class="goals"><h3>Messages by type</h3><ul>${[...types]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 12)
    .map(
      ([type, many]) =>
        html`<li><div class="line"><strong><bdi>${truncate(type)}</bdi></strong><span class="value">${many.toLocaleString('en')}</span></div></li>`,
    )}</ul></div>
</section>`;
}

function renderMessage({ messageId, type, eventId, at, reports, why }: JournalMessage): Markup {
  const value = formatValue(reports[0]?.event.data);
  return html`<li class="card good">
<div class="line"><strong><bdi>${truncate(type)}</bdi></strong>${badge('verified', 'good')}${reports.length > 1 ? badge(`${reports.length} arrivals`, 'both') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<p>${why}</p>
<div class="line quiet">${formatClock(at)}<span>event id <bdi>${truncate(eventId ?? 'none')}</bdi></span><span>message id <bdi>${truncate(messageId)}</bdi></span></div>
${reports.slice(0, 1).map((report) => renderReportDetails(report, ''))}
</li>`;
}

/** Returns the value of an event, such as `125.4 USD`; empty if there is none. */
export function formatValue(data: unknown): string {
  const { value, currency } = isFields(data) && isFields(data.commerce) ? data.commerce : {};
  return isPlain(value) ? [value, currency].filter(isPlain).join(' ') : '';
}

function renderOneRequest(request: JournalRequest): Markup {
  const { messageId, sentAt, verdict, body } = request;
  const error = isFields(verdict) && typeof verdict.error === 'string' ? verdict.error : '';
  const type = isFields(body) && typeof body.type === 'string' ? body.type : 'no type';
  return renderRequest({
    request,
    events: isFields(body) ? [body] : undefined,
    refusal: 'refused',
    facts: html`<span><bdi>${truncate(type)}</bdi></span><span>id <bdi>${truncate(messageId ?? 'none')}</bdi></span>${sentAt === null ? '' : html`<span>sent ${formatClock(sentAt)}</span>`}`,
    error: error === '' ? '' : html`<p><bdi>${truncate(error, 400)}</bdi></p>`,
  });
}

function renderEmpty(url: string): Markup {
  return html`<section class="empty"><h2>No messages yet</h2>
<p>This page updates every two seconds. Set the connection's <code>url</code> to <code>${url}/receive</code>, its <code>secrets</code> to the one that the simulator was started with, and send an event through Convey.</p></section>`;
}
