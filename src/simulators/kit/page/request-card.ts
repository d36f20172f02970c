import { html } from 'hono/html';
import type { RequestRecord } from '../journal-store.ts';
import { badge, formatClock, formatCount, formatJson, type Markup, truncateJson } from './page-elements.ts';

const shownRequests = 50;
/** A list with more events is not shown. */
const shownBodyEvents = 20;

interface RequestCard {
  readonly request: RequestRecord;
  /** The events in the body; undefined if it has no readable list. */
  readonly events: readonly unknown[] | undefined;
  /** Whether the platform accepted the request. Absent: if the status is 200. */
  readonly isAccepted?: boolean;
  /** The word for a request that was not accepted, such as `refused`. */
  readonly refusal: string;
  /** The platform's own facts, each in a `span`. */
  readonly facts: Markup;
  /** Lines about an error, and about problems of the request. */
  readonly error?: Markup | '';
  readonly warnings?: Markup | '';
}

/** Shows one request to the events API and its response. */
export function renderRequest({ request, events, refusal, facts, error = '', warnings = '', ...given }: RequestCard): Markup {
  const { id, at, status, answered, fault, body, verdict } = request;
  const isAccepted = given.isAccepted ?? status === 200;
  const tone = isAccepted && answered === 'whole' ? 'good' : 'bad';
  return html`<li class="card ${tone}">
<div class="line"><strong>${status === null ? 'no response' : String(status)}</strong>${badge(describeResponse(request, isAccepted, refusal), tone)}${fault === 'ok' ? '' : badge(`fault ${fault}`, 'doubt')}</div>
${error}
<div class="line quiet">${formatClock(at)}${facts}<span>${events === undefined ? 'no readable list of events' : formatCount(events.length, 'event')}</span></div>
${warnings}
<details data-key="verdict-${id}"><summary>Response</summary><pre tabindex="0">${typeof verdict === 'string' ? truncateJson(verdict) : formatJson(verdict)}</pre></details>
<details data-key="body-${id}"><summary>Request</summary><pre tabindex="0">${
    events !== undefined && events.length > shownBodyEvents ? `${events.length} events. See /journal` : formatJson(body)
  }</pre></details>
</li>`;
}

function describeResponse({ answered }: RequestRecord, isAccepted: boolean, refusal: string): string {
  if (answered === 'part') return 'half of the response sent';
  if (answered === 'none') return 'no response sent';
  return isAccepted ? 'accepted' : refusal;
}

/** Shows the newest requests of a journal. */
export function renderRequests<R>(
  journal: { requests(latest: number): readonly R[]; readonly totals: { readonly requests: number } },
  renderOne: (request: R) => Markup,
): Markup | '' {
  const requests = journal.requests(shownRequests).toReversed();
  if (requests.length === 0) return '';
  return html`<section aria-labelledby="requests"><h2 id="requests">Server requests</h2>
${journal.totals.requests > requests.length ? html`<p class="note">The newest ${requests.length}. All stored requests: <a href="journal">/journal</a></p>` : ''}
<ol class="cards small">${requests.map(renderOne)}</ol></section>`;
}
