import { html } from 'hono/html';
import { getList } from '../../kit/fields.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import type { JournalRequest } from '../journal/journal.ts';

/** Maximum number of refusals that one card shows. */
const shownRefusals = 5;

/** Shows one request to the events endpoint and its response. */
export function requestCard(request: JournalRequest): Markup {
  const { adAccountId, isTest, token, body } = request;
  const mode = isTest ? html`<span>test mode: nothing is recorded</span>` : '';
  return renderRequest({
    request,
    events: getList(body, 'data'),
    refusal: 'refused',
    facts: html`<span>ad account <bdi>${truncate(adAccountId)}</bdi></span><span>${token === null ? 'no token' : 'with a token'}</span>${mode}${describeCounts(request)}`,
    error: describeError(request),
  });
}

/** Shows how many events were processed: a 200 may carry refusals. */
function describeCounts({ verdict }: JournalRequest): Markup | '' {
  if (typeof verdict !== 'object' || verdict === null || 'code' in verdict) return '';
  return html`<span>${verdict.num_events_processed} of ${verdict.num_events_received} processed</span>`;
}

/** Shows the code and the text of an error, or the reasons of the events that failed. */
function describeError({ verdict }: JournalRequest): Markup | '' {
  if (typeof verdict !== 'object' || verdict === null) return '';
  if ('code' in verdict) return html`<p><code>${verdict.code}</code> <bdi>${truncate(verdict.message, 400)}</bdi></p>`;
  const failed = (verdict.events ?? []).flatMap(({ status, error_message: words }, index) =>
    status === 'failed' ? [html`<li>Event ${index + 1} failed: <bdi>${truncate(words ?? '', 200)}</bdi></li>`] : [],
  );
  return failed.length === 0 ? '' : html`<ul class="warnings">${failed.slice(0, shownRefusals)}</ul>`;
}
