import { html } from 'hono/html';
import { getList, isFields } from '../../kit/fields.ts';
import { type Markup, truncate } from '../../kit/page/page-elements.ts';
import { renderRequest } from '../../kit/page/request-card.ts';
import type { JournalRequest } from '../journal/journal.ts';

/** Shows one request to `events:ingest` and its response. */
export function requestCard(request: JournalRequest): Markup {
  const { body, verdict, quotaProject } = request;
  const events = getList(body, 'events');
  const actions = (getList(body, 'destinations') ?? []).flatMap((one) =>
    isFields(one) ? [String(one.productDestinationId)] : [],
  );
  const isCheck = isFields(body) && body.validateOnly === true;
  return renderRequest({
    request,
    events,
    refusal: 'refused',
    facts: html`<span>action <bdi>${truncate(actions.join(', '))}</bdi></span>${isCheck ? html`<span>only checked</span>` : ''}${quotaProject === null ? '' : html`<span>project <bdi>${truncate(quotaProject)}</bdi></span>`}`,
    error: describeError(verdict),
  });
}

/** Shows the fields that an error names, with their reasons. */
function describeError(verdict: JournalRequest['verdict']): Markup | '' {
  const error = isFields(verdict) && isFields(verdict.error) ? verdict.error : undefined;
  if (error === undefined) return '';
  const details = (getList(error, 'details') ?? []).filter(isFields);
  const violations = details.flatMap((detail) => (getList(detail, 'fieldViolations') ?? []).filter(isFields)).slice(0, 20);
  const reasons = details.flatMap(({ reason }) => (typeof reason === 'string' ? [reason] : []));
  if (violations.length === 0)
    return html`<p><code>${truncate(String(error.status))}</code> <bdi>${truncate([...reasons, String(error.message)].join(' '), 300)}</bdi></p>`;
  return html`<ul class="warnings">${violations.map(
    ({ field, reason }) =>
      html`<li><code><bdi>${truncate(String(field))}</bdi></code> <bdi>${truncate(String(reason ?? 'not readable'))}</bdi></li>`,
  )}</ul>`;
}
