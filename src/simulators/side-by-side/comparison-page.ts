import { html } from 'hono/html';
import { badge, formatClock, formatCount, type Markup, truncate } from '../kit/page/page-elements.ts';
import { renderShell } from '../kit/page/page-shell.ts';
import type { ComparedEvent, SimulatorApp } from '../kit/simulator.ts';

/** Maximum number of rows; the simulators' own pages show more. */
const shownRows = 50;

/** A simulator with its name and id, as the comparison shows it. */
export interface ComparedPlatform {
  readonly id: string;
  readonly name: string;
  readonly simulator: SimulatorApp;
  /** The value that a reader enters to add a connection. */
  readonly ownConnection: string;
}

interface ComparisonOptions {
  /** The response's nonce for the style and the script. */
  readonly nonce: string;
  /** Identifies the state that the page shows. */
  readonly revision: string;
}

/** One event at all platforms. */
interface Row {
  readonly eventId: string | null;
  readonly at: string;
  /** The events of each platform, in the order of the platforms. */
  readonly cells: readonly (readonly ComparedEvent[])[];
}

/** Renders the page that shows for each event what every platform would count. All data is untrusted, see `html`. */
export async function renderComparison(
  platforms: readonly ComparedPlatform[],
  { nonce, revision }: ComparisonOptions,
): Promise<string> {
  const events = platforms.map(({ simulator }) => simulator.listEvents());
  const rows = toRows(events);
  return renderShell({
    platform: 'Ad platforms',
    title: 'Simulated ad platforms',
    intro: 'Shows side by side which events each platform would count.',
    nonce,
    revision,
    main: html`<main>
<section class="platforms" aria-label="Platforms">${platforms.map((platform, index) => platformCard(platform, events[index] ?? []))}</section>
${rows.length === 0 ? emptyState() : eventTable(platforms, rows)}
</main>`,
  });
}

/**
 * Groups the events by id. A platform may know an event by the id of its order. An event without an id has a row of its own. The newest row is
 * first.
 */
function toRows(platforms: readonly (readonly ComparedEvent[])[]): readonly Row[] {
  const all = platforms.flat();
  const idOfOrder = new Map(
    all.flatMap(({ eventId, orderId }) => (eventId === null || orderId === undefined ? [] : [[orderId, eventId]])),
  );
  const rows = new Map<string, { eventId: string | null; at: string; cells: ComparedEvent[][] }>();
  platforms.forEach((events, platform) => {
    events.forEach((event, index) => {
      const eventId = event.eventId === null ? null : (idOfOrder.get(event.eventId) ?? event.eventId);
      const key = eventId === null ? `${platform}.${index}` : `id ${eventId}`;
      const row = rows.get(key) ?? { eventId, at: event.at, cells: platforms.map(() => []) };
      rows.set(key, row);
      row.cells[platform]?.push(event);
      if (event.at < row.at) row.at = event.at;
    });
  });
  return [...rows.values()].toSorted((a, b) => b.at.localeCompare(a.at));
}

function platformCard({ id, name, ownConnection }: ComparedPlatform, events: readonly ComparedEvent[]): Markup {
  const counted = events.filter(isCounted).length;
  const merged = events.filter(({ isMerged }) => isMerged).length;
  return html`<article class="card ${counted > 0 ? 'good' : ''}"><h2><a href="/${id}/">${name}</a></h2>
<p class="figure"><b>${counted.toLocaleString('en')}</b> counted</p>
<p class="quiet">${formatCount(merged, 'event')} merged from browser and server${describeOthers(events)}</p>
<details data-key="connect ${id}"><summary>Connect your own site</summary><p class="quiet">Add a connection in the dashboard: ${ownConnection}.</p></details></article>`;
}

const isCounted = ({ tone }: ComparedEvent) => tone === 'good';

/** Describes the events that do not count by their labels, the most frequent first: ` · not counted: page view 48, no goal 34`. */
function describeOthers(events: readonly ComparedEvent[]): string {
  const others = Map.groupBy(
    events.filter((event) => !isCounted(event)),
    ({ label }) => label,
  );
  const parts = [...others]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([label, alike]) => `${label} ${alike.length.toLocaleString('en')}`);
  return parts.length === 0 ? '' : ` · not counted: ${parts.join(', ')}`;
}

function eventTable(platforms: readonly ComparedPlatform[], rows: readonly Row[]): Markup {
  return html`<section aria-labelledby="events"><h2 id="events">Events</h2>
${rows.length > shownRows ? html`<p class="note">The newest ${shownRows} of ${rows.length.toLocaleString('en')}.</p>` : ''}
<div class="scroll" tabindex="0" role="region" aria-label="Table of events"><table class="compared"><thead><tr><th scope="col">Event</th>${platforms.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.slice(0, shownRows).map((row) => eventRow(row, platforms))}</tbody></table></div></section>`;
}

function eventRow({ eventId, at, cells }: Row, platforms: readonly ComparedPlatform[]): Markup {
  return html`<tr><th scope="row"><bdi>${eventId === null ? 'no event id' : truncate(eventId, 60)}</bdi><span class="quiet">${formatClock(at)}</span></th>
${cells.map((events, platform) => html`<td>${events.length === 0 ? html`<span class="quiet">not received</span>` : events.map((event, index) => eventCell(event, `${eventId ?? at} ${platforms[platform]?.id} ${index}`))}</td>`)}</tr>`;
}

/** @param key keeps the explanation open when the page updates. */
function eventCell({ eventName, label, tone, isMerged, value, why }: ComparedEvent, key: string): Markup {
  return html`<div class="line"><strong><bdi>${truncate(eventName, 60)}</bdi></strong>${badge(label, tone)}${isMerged ? badge('merged', 'both') : ''}${value === '' ? '' : html`<span class="value"><bdi>${truncate(value, 40)}</bdi></span>`}</div>
<details data-key="${key}"><summary>Why</summary><p class="quiet">${truncate(why, 300)}</p></details>`;
}

function emptyState(): Markup {
  return html`<section class="empty"><h2>No events yet</h2>
<p>This page updates every two seconds. Buy a clock in the demo shop: every platform receives the purchase from the browser and from the server, and counts it once.</p></section>`;
}
