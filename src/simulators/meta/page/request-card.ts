import { html } from 'hono/html';
import { getList } from '../../kit/fields.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import type { JournalRequest } from '../journal/journal.ts';

/** Shows one request to the events endpoint and its response. */
export function requestCard(request: JournalRequest): Markup {
  const { version, datasetId, tokenPlace, body, verdict } = request;
  return renderRequest({
    request,
    events: getList(body, 'data'),
    refusal: 'refused',
    facts: html`<span>dataset <bdi>${truncate(datasetId)}</bdi></span><span><bdi>${version}</bdi></span><span>${describeToken(tokenPlace)}</span>`,
    error: describeError(verdict),
    warnings:
      tokenPlace === 'query'
        ? html`<ul class="warnings"><li>The token is in the URL. URLs end up in logs: send it in the header.</li></ul>`
        : '',
  });
}

function describeToken(place: JournalRequest['tokenPlace']): string {
  return place === null ? 'no token' : `token in the ${place}`;
}

/** Shows the codes and the text of an error. */
function describeError(verdict: JournalRequest['verdict']): Markup | '' {
  if (typeof verdict !== 'object' || verdict?.error === undefined) return '';
  const { code, error_subcode, error_user_msg, message } = verdict.error;
  const codes = error_subcode === undefined ? String(code) : `${code} / ${error_subcode}`;
  return html`<p><code>${codes}</code> <bdi>${truncate(error_user_msg ?? message, 400)}</bdi></p>`;
}
