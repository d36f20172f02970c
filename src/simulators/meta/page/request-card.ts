import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, formatCount, formatJson, type Markup, truncate, truncateJson } from '../../kit/page-elements.ts';
import type { JournalRequest } from '../journal/journal.ts';

/** Shows one request to the events endpoint and its response. */
export function requestCard(request: JournalRequest): Markup {
  const { id, at, version, datasetId, tokenPlace, status, answered, fault, body, verdict } = request;
  const data = isFields(body) && Array.isArray(body.data) ? body.data : undefined;
  const tone = status === 200 && answered === 'whole' ? 'good' : 'bad';
  return html`<li class="card ${tone}">
<div class="line"><strong>${status === null ? 'no response' : String(status)}</strong>${badge(describeResponse(request), tone)}${fault === 'ok' ? '' : badge(`fault ${fault}`, 'doubt')}</div>
${describeError(verdict)}
<div class="line quiet">${formatClock(at)}<span>dataset <bdi>${truncate(datasetId)}</bdi></span><span><bdi>${version}</bdi></span><span>${data === undefined ? 'no readable list of events' : formatCount(data.length, 'event')}</span><span>${describeToken(tokenPlace)}</span></div>
${tokenPlace === 'query' ? html`<ul class="warnings"><li>The token is in the URL. URLs end up in logs: send it in the header.</li></ul>` : ''}
<details data-key="verdict-${id}"><summary>Response</summary><pre tabindex="0">${typeof verdict === 'string' ? truncateJson(verdict) : formatJson(verdict)}</pre></details>
<details data-key="body-${id}"><summary>Request</summary><pre tabindex="0">${
    data !== undefined && data.length > 20 ? `${data.length} events. See /journal` : formatJson(body)
  }</pre></details>
</li>`;
}

function describeResponse({ status, answered }: JournalRequest): string {
  if (answered === 'part') return 'half of the response sent';
  if (answered === 'none') return 'no response sent';
  return status === 200 ? 'accepted' : 'refused';
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
