import { html } from 'hono/html';
import { isFields } from '../events-api/event-rules.ts';
import type { JournalRequest } from '../journal/journal.ts';
import type { IdSync } from '../tag/id-sync.ts';
import type { Markup } from './page-elements.ts';
import { badge, clock, count, cut, json, short } from './page-elements.ts';

/** One request to the events endpoint, and what it was told. */
export function requestCard({ id, at, tagId, token, status, answered, fault, body, verdict }: JournalRequest): Markup {
  const data = isFields(body) && Array.isArray(body.data) ? body.data : undefined;
  const tone = status === 200 && answered === 'whole' ? 'good' : 'bad';
  return html`<li class="card ${tone}">
<div class="line"><strong>${status === null ? 'no answer' : String(status)}</strong>${badge(sayAnswered(status, answered), tone)}${fault === 'ok' ? '' : badge(`fault ${fault}`, 'doubt')}</div>
<div class="line quiet">${clock(at)}<span>tag <bdi>${short(tagId)}</bdi></span><span>${data === undefined ? 'no readable list of events' : count(data.length, 'event')}</span><span>token ${token ?? 'none'}</span></div>
<details data-key="verdict-${id}"><summary>Answer</summary><pre tabindex="0">${typeof verdict === 'string' ? cut(verdict) : json(verdict)}</pre></details>
<details data-key="body-${id}"><summary>Request</summary><pre tabindex="0">${
    data !== undefined && data.length > 20 ? `${data.length} events. Read them at /journal` : json(body)
  }</pre></details>
</li>`;
}

function sayAnswered(status: number | null, answered: JournalRequest['answered']): string {
  if (answered === 'part') return 'half of the answer sent';
  if (answered === 'none') return 'answer withheld';
  return status === 200 ? 'taken in' : 'refused';
}

/** One ID sync, and how many events it joins to a browser; `events` by their `anonymousId`. */
export function syncCard({ at, customerId, vid, uid, problem }: IdSync, events: ReadonlyMap<string, number>): Markup {
  const joined = vid === null ? 0 : (events.get(vid) ?? 0);
  const said =
    problem ??
    (joined === 0
      ? 'No event that is kept carries this vid as anonymousId, so it joins nothing.'
      : `Joins ${count(joined, 'event')} to this browser.`);
  const tone = problem !== null ? 'bad' : joined === 0 ? 'doubt' : 'good';
  return html`<li class="card ${tone}"><div class="line"><strong>vid <bdi>${vid === null ? 'none' : short(vid, 64)}</bdi></strong></div>
<p>${said}</p>
<div class="line quiet">${clock(at)}<span>customer <bdi>${customerId ?? 'none'}</bdi></span>${uid === null ? '' : html`<span>uid <bdi>${short(uid, 80)}</bdi></span>`}</div></li>`;
}
