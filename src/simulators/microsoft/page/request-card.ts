import { html } from 'hono/html';
import { getList } from '../../kit/fields.ts';
import { formatClock, formatCount, type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import type { JournalRequest } from '../journal/journal.ts';
import type { IdSync } from '../tag/id-sync.ts';

/** Shows one request to the events endpoint and its response. */
export function requestCard(request: JournalRequest): Markup {
  return renderRequest({
    request,
    events: getList(request.body, 'data'),
    refusal: 'rejected',
    facts: html`<span>tag <bdi>${truncate(request.tagId)}</bdi></span><span>token ${request.token ?? 'none'}</span>`,
  });
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
