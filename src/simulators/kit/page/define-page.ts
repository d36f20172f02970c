import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Env } from '../http/routes.ts';
import type { Totals } from '../journal-store.ts';
import { type EventSection, type EventViews, parseView, renderEvents } from './event-views.ts';
import { type Markup, truncate } from './page-elements.ts';
import { faultNotice, renderShell } from './page-shell.ts';
import { renderRequests } from './request-card.ts';

/** The values of one rendering of a simulator's page. */
interface PageRequest {
  /** Origin of the simulator. */
  readonly url: string;
  /** The response's nonce for the style and the script. */
  readonly nonce: string;
  /** Identifies the state that the page shows. */
  readonly revision: string;
}

/** The page of a simulator. `D`: the simulator's parts that the page shows. */
export interface SimulatorPage<D> {
  /** Returns the parts of the page's state beyond journal and faults, such as the selected view. */
  getState(c: Context<Env>, deps: D): string;
  render(c: Context<Env>, request: PageRequest, deps: D): Promise<string>;
}

/** The parts of a simulator that every page shows. `R`: requests, `E`: events, `T`: totals. */
export interface ShownDeps<R, E, T extends Totals> {
  readonly journal: { readonly totals: Readonly<T>; requests(latest: number): readonly R[]; events(): readonly E[] };
  readonly faults: { current(): { readonly mode: string } };
}

/** `V`: names of the views. */
interface JournalPage<R, E, T extends Totals, D, V extends string> {
  /** Name of the platform's product, such as `Microsoft Advertising`. */
  readonly platform: string;
  readonly title: string;
  readonly intro: string;
  /** Filters of the events. */
  readonly views: EventViews<E, V>;
  /** Explains how to send the first events. */
  renderEmpty(url: string): Markup;
  /** Shows the result in sentences, the totals and what counts. */
  renderSummary(events: readonly E[], totals: Readonly<T>, deps: D): Markup;
  renderEvent(event: E): Markup;
  renderRequest(request: R): Markup;
  /** Returns whether nothing was received. By default neither requests nor beacons were. */
  isEmpty?(totals: Readonly<T>): boolean;
  /** Shows what the platform has besides events and requests. */
  renderMore?(events: readonly E[], deps: D): Markup | '';
  /** Returns the platform's own part of the page's state, besides the view. By default there is none. */
  getState?(c: Context<Env>, view: V | 'all', deps: D): string;
  /** Returns a second filter of a view's events. */
  filterView?(c: Context<Env>, view: V | 'all', events: readonly E[]): Pick<EventSection<E, V>, 'isShown' | 'subviews'>;
}

/**
 * Creates a page that shows a journal. All data is untrusted: pass only strings and numbers to `html`, which escapes them, and give each value
 * its own `bdi`.
 */
export function definePage<R, E, T extends Totals, D, V extends string>(
  page: JournalPage<R, E, T, D, V>,
): SimulatorPage<D & ShownDeps<R, E, T>> {
  const { platform, title, intro, views } = page;
  const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));
  return {
    getState(c, deps) {
      const view = getView(c);
      return page.getState?.(c, view, deps) ?? view;
    },
    render(c, { url, nonce, revision }, deps) {
      const { journal, faults } = deps;
      const { totals } = journal;
      const events = journal.events();
      const view = getView(c);
      const fault = faults.current();
      const isEmpty = page.isEmpty?.(totals) ?? totals.requests + totals.beacons === 0;
      const { renderEvent } = page;
      return renderShell({
        platform,
        title,
        intro,
        nonce,
        revision,
        main: html`<main>
${fault.mode === 'ok' ? '' : faultNotice(truncate(JSON.stringify(fault)))}
${isEmpty ? page.renderEmpty(url) : page.renderSummary(events, totals, deps)}
${events.length === 0 ? '' : renderEvents({ views, view, events, renderEvent, ...page.filterView?.(c, view, events) })}
${page.renderMore?.(events, deps) ?? ''}${renderRequests(journal, page.renderRequest)}
${isEmpty ? '' : html`<p class="end"><button type="button" data-do="clear">Clear the journal</button></p>`}
</main>`,
      });
    },
  };
}
