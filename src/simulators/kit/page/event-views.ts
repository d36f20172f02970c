import { html, raw } from 'hono/html';
import { type Markup, truncate } from './page-elements.ts';

const shownEvents = 200;

/** A filter of the page's events. */
interface EventView<E> {
  readonly label: string;
  readonly shows: (event: E) => boolean;
  /** Whether the view has no tab while it is empty. */
  readonly isRare?: boolean;
}

/** Filters of the events by the name that `?show=` has. The view `all` is the default. */
export type EventViews<E, V extends string> = Readonly<Record<V | 'all', EventView<E>>>;

/** Returns the view that `?show=` names; `all` by default. */
export function parseView<V extends string>(views: EventViews<never, V>, name = 'all'): V | 'all' {
  return isView(views, name) ? name : 'all';
}

function isView<V extends string>(views: EventViews<never, V>, name: string): name is V | 'all' {
  return Object.hasOwn(views, name);
}

export interface EventSection<E, V extends string> {
  readonly views: EventViews<E, V>;
  readonly view: V | 'all';
  readonly events: readonly E[];
  readonly renderEvent: (event: E) => Markup;
  /** Returns whether an event of the view passes a second filter. Absent: all pass. */
  readonly isShown?: (event: E) => boolean;
  /** The tabs of the second filter. */
  readonly subviews?: Markup | '';
}

/** Shows the newest events of a view, with a tab for each view. */
export function renderEvents<E, V extends string>(section: EventSection<E, V>): Markup {
  const { views, view, events, renderEvent, isShown = () => true, subviews = '' } = section;
  const matching = events.filter(views[view].shows).filter(isShown);
  const shown = matching.slice(-shownEvents).reverse();
  const tabs = Object.keys(views)
    .filter((name) => isView(views, name))
    .map((name) => ({ name, ...views[name], many: events.filter(views[name].shows).length }))
    .filter(({ name, many, isRare }) => many > 0 || name === view || isRare !== true)
    .map(({ name, label, many }) => renderTab(label, name === 'all' ? './' : `./?show=${name}`, many, name === view));
  return html`<section aria-labelledby="events"><h2 id="events">Events</h2>
<nav aria-label="Which events">${tabs}</nav>
${subviews}
${matching.length > shown.length ? html`<p class="note">The newest ${shown.length}. All stored events: <a href="journal/events">/journal/events</a></p>` : ''}
${shown.length === 0 ? html`<p class="note">No such events yet.</p>` : html`<ol class="cards">${shown.map(renderEvent)}</ol>`}</section>`;
}

/** Shows the link to a view, with the number of its events. */
export function renderTab(label: string, address: string, many: number, isCurrent: boolean): Markup {
  return html`<a href="${address}" data-show ${isCurrent ? raw('aria-current="page"') : ''}><bdi>${truncate(label, 64)}</bdi> <span>${many.toLocaleString('en')}</span></a>`;
}
