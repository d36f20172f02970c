import { html, raw } from 'hono/html';
import type { Fault } from './faults.ts';
import type { Journal, JournalEvent, JournalRequest, ServerReport } from './journal.ts';
import { script, style } from './page-assets.ts';
import { isFields } from './schema.ts';

const shownEvents = 200;
const shownRequests = 50;
/** Characters of JSON behind one `Raw JSON`; the rest is read at the journal's own address. */
const shownJson = 8_000;
const shownText = 200;

interface PageOptions {
  readonly url: string;
  readonly fault: Fault;
  /** Of the response, for the one style and the one script. */
  readonly nonce: string;
  /** Names the state that the page shows. */
  readonly revision: string;
}

/** Nothing but the page's own style, script and address. */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * The journal as a page. Everything in it came from outside, so only strings and numbers are ever handed to `html`, which
 * escapes them, and each stands alone in its direction.
 */
export async function page(journal: Journal, options: PageOptions): Promise<string> {
  const { nonce, revision } = options;
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Microsoft Conversions API simulator</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${raw(style)}</style>
</head>
<body>
<header>
<h1>Microsoft Conversions API <span>simulator</span></h1>
<p>A stand-in for the real thing: whatever arrives is judged, kept in memory and shown here. Nothing leaves this machine.</p>
</header>
<p id="news" hidden><button type="button" data-do="reload">There is news. Show it</button></p>
<p id="away" role="status" hidden>The simulator does not answer. This is what it last said.</p>
${content(journal, options)}
<script nonce="${nonce}" data-revision="${revision}">${raw(script)}</script>
</body>
</html>`,
  );
}

function content(journal: Journal, { url, fault }: PageOptions) {
  const { requests, troubled, processed, counted, warned } = journal.totals;
  const events = journal.events(shownEvents).reverse();
  const latest = journal.requests(shownRequests).reverse();
  return html`<main>
<dl class="totals">
${figure('Requests', requests)}${figure('Not answered 200', troubled)}${figure('Events processed', processed)}${figure('Counted', counted)}${figure('Copies', processed - counted)}${figure('With warnings', warned)}
</dl>
${fault.mode === 'ok' ? '' : faultNotice(fault)}
${requests === 0 ? emptyState(url) : ''}
${
  events.length === 0
    ? ''
    : html`<section aria-labelledby="events"><h2 id="events">Events</h2>
${journal.totals.counted > events.length ? html`<p class="note">The newest ${events.length}. All that are kept: <a href="/journal/events">/journal/events</a></p>` : ''}
<ol class="cards">${events.map(eventCard)}</ol></section>`
}
${
  latest.length === 0
    ? ''
    : html`<section aria-labelledby="requests"><h2 id="requests">Requests</h2>
${requests > latest.length ? html`<p class="note">The newest ${latest.length}. All that are kept: <a href="/journal">/journal</a></p>` : ''}
<ol class="cards">${latest.map(requestCard)}</ol>
<p><button type="button" data-do="empty">Empty the journal</button></p></section>`
}
</main>`;
}

function figure(name: string, count: number) {
  return html`<div><dt>${name}</dt><dd>${count.toLocaleString('en')}</dd></div>`;
}

function faultNotice(fault: Fault) {
  return html`<p class="fault"><span><strong>A fault is set:</strong> <code><bdi>${short(JSON.stringify(fault))}</bdi></code></span>
<button type="button" data-do="mend">End it</button></p>`;
}

function emptyState(url: string) {
  const call = `curl -X POST ${url}/v1/187012345/events \\
  -H 'Authorization: Bearer any-token' -H 'Content-Type: application/json' \\
  -d '{"data":[{"eventType":"custom","eventName":"purchase","eventId":"ord-1","eventTime":'$(date +%s)',
       "userData":{"anonymousId":"b171a9b06ce011ecafcd1b209be8601b"},"customData":{"value":125.4,"currency":"USD"}}]}'`;
  return html`<section class="empty"><h2>Nothing has arrived yet</h2>
<p>Set the connection's <code>endpoint</code> to <code>${url}</code> and send an event through Convey, or try it by hand:</p>
<pre tabindex="0">${call}</pre>
<p>This page shows it within two seconds.</p></section>`;
}

function eventCard({ tagId, eventId, eventName, eventType, server, browser, counted, why }: JournalEvent) {
  const [first] = server;
  if (first === undefined) return '';
  const { event } = first;
  const custom = isFields(event.customData) ? event.customData : {};
  const copies = server.length + browser.length - 1;
  const value = [custom.value ?? custom.ecommTotalValue, custom.currency].filter(isPlain).join(' ');
  return html`<li class="card">
<div class="line"><strong><bdi>${short(eventName ?? eventType)}</bdi></strong>
${badge(eventType, 'plain')}${counted === 'none' ? badge('not counted', 'bad') : badge(copies > 0 ? 'counted once' : 'counted', 'good')}${copies > 0 ? badge(`${copies} ${copies === 1 ? 'copy' : 'copies'}`, 'doubt') : ''}
${value === '' ? '' : html`<span class="value"><bdi>${short(value)}</bdi></span>`}</div>
<div class="line quiet">${clock(first.at)}<span>tag <bdi>${short(tagId)}</bdi></span><span>event id <bdi>${eventId === null ? 'none' : short(eventId)}</bdi></span></div>
<div class="line">${carried(event.userData).map((name) => badge(name, 'plain'))}${event.adStorageConsent === 'D' ? badge('consent denied', 'doubt') : ''}</div>
<p class="quiet">${why}</p>
${server.map((report) => reportDetails(report, copies > 0))}
</li>`;
}

function reportDetails({ id, at, event, warnings, duplicateOf }: ServerReport, several: boolean) {
  const copy = duplicateOf === undefined ? '' : ', does not count';
  return html`${warningList(warnings)}<details data-key="event-${id}"><summary>Raw JSON${several ? html` of the report at ${clock(at)}${copy}` : ''}</summary>
<pre tabindex="0">${json(event)}</pre></details>`;
}

function warningList(warnings: ServerReport['warnings']) {
  if (warnings.length === 0) return '';
  return html`<ul class="warnings">${warnings.map(
    ({ propertyName, errorMessage }) =>
      html`<li><code><bdi>${short(propertyName)}</bdi></code> was removed: <bdi>${short(errorMessage)}</bdi></li>`,
  )}</ul>`;
}

function requestCard({ id, at, tagId, token, status, answered, fault, body, verdict }: JournalRequest) {
  const data = isFields(body) && Array.isArray(body.data) ? body.data : undefined;
  const tone = status === 200 && answered === 'whole' ? 'good' : 'bad';
  return html`<li class="card">
<div class="line"><strong>${status === null ? 'no answer' : String(status)}</strong>${badge(sayAnswered(status, answered), tone)}${fault === 'ok' ? '' : badge(`fault ${fault}`, 'doubt')}</div>
<div class="line quiet">${clock(at)}<span>tag <bdi>${short(tagId)}</bdi></span><span>${data === undefined ? 'no readable list of events' : `${data.length} ${data.length === 1 ? 'event' : 'events'}`}</span><span>token ${token ?? 'none'}</span></div>
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

const identifierNames = [
  'msclkid',
  'em',
  'ph',
  'anonymousId',
  'externalId',
  'idfa',
  'gaid',
  'clientIpAddress',
  'clientUserAgent',
];

function carried(userData: unknown): string[] {
  if (!isFields(userData)) return [];
  return identifierNames.filter((name) => typeof userData[name] === 'string' && userData[name] !== '');
}

function badge(label: string, tone: 'good' | 'bad' | 'doubt' | 'plain') {
  return html`<span class="badge ${tone}"><bdi>${short(label)}</bdi></span>`;
}

function clock(at: string) {
  return html`<time datetime="${at}" title="${at}">${at.slice(11, 19)} UTC</time>`;
}

const isPlain = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';

const short = (text: string): string => (text.length > shownText ? `${text.slice(0, shownText)}…` : text);

const cut = (text: string): string =>
  text.length > shownJson ? `${text.slice(0, shownJson)}\n… cut here. The whole is at /journal` : text;

const json = (value: unknown): string => cut(JSON.stringify(value, null, 2) ?? '');
