import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import type { Markup } from '../../kit/page-elements.ts';
import { badge, formatClock, formatCount, formatJson, truncate, truncateJson } from '../../kit/page-elements.ts';
import type { JournalRequest } from '../journal/journal.ts';
import type { IdSync } from '../tag/id-sync.ts';

/** Shows one request to the events endpoint and its response. */
export function requestCard({ id, at, tagId, token, status, answered, fault, body, verdict }: JournalRequest): Markup {
  const data = isFields(body) && Array.isArray(body.data) ? body.data : undefined;
  const tone = status === 200 && answered === 'whole' ? 'good' : 'bad';
  return html`<li class="card ${tone}">
<div class="line"><strong>${status === null ? 'no response' : String(status)}</strong>${badge(describeResponse(status, answered), tone)}${fault === 'ok' ? '' : badge(`fault ${fault}`, 'doubt')}</div>
<div class="line quiet">${formatClock(at)}<span>tag <bdi>${truncate(tagId)}</bdi></span><span>${data === undefined ? 'no readable list of events' : formatCount(data.length, 'event')}</span><span>token ${token ?? 'none'}</span></div>
<details data-key="verdict-${id}"><summary>Response</summary><pre tabindex="0">${typeof verdict === 'string' ? truncateJson(verdict) : formatJson(verdict)}</pre></details>
<details data-key="body-${id}"><summary>Request</summary><pre tabindex="0">${
    data !== undefined && data.length > 20 ? `${data.length} events. See /journal` : formatJson(body)
  }</pre></details>
</li>`;
}

function describeResponse(status: number | null, answered: JournalRequest['answered']): string {
  if (answered === 'part') return 'half of the response sent';
  if (answered === 'none') return 'no response sent';
  return status === 200 ? 'accepted' : 'rejected';
}

/** Shows one ID sync and how many events it joins to a browser. `events` are counted by `anonymousId`. */
export function syncCard({ at, customerId, vid, uid, problem }: IdSync, events: ReadonlyMap<string, number>): Markup {
  const joined = vid === null ? 0 : (events.get(vid) ?? 0);
  const text =
    problem ??
    (joined === 0
      ? 'No stored event has this vid as anonymousId, so it joins no event.'
      : `Joins ${formatCount(joined, 'event')} to this browser.`);
  const tone = problem !== null ? 'bad' : joined === 0 ? 'doubt' : 'good';
  return html`<li class="card ${tone}"><div class="line"><strong>vid <bdi>${vid === null ? 'none' : truncate(vid, 64)}</bdi></strong></div>
<p>${text}</p>
<div class="line quiet">${formatClock(at)}<span>customer <bdi>${customerId ?? 'none'}</bdi></span>${uid === null ? '' : html`<span>uid <bdi>${truncate(uid, 80)}</bdi></span>`}</div></li>`;
}
