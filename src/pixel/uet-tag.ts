import type { BrowserTagState } from '../event/event.ts';
import type { TagSettings } from '../event/pixel-settings.ts';
import { emailLike, type Report, redactReport } from './browser-report.ts';
import type { ConsentManager } from './consent.ts';
import { swallowErrors } from './swallow-errors.ts';
import { toTagParameters } from './uet-parameters.ts';
import type { UetQueue } from './uet-queue.ts';

/** The UET tag of the page: it reports the same events to the platform, under the same names and ids. */
export interface Tag {
  /**
   * Tells the tag of an event, or that consent changed, and hands the report on: at once, but for a page view, which is held
   * until it is known whether the tag counts it.
   */
  take(report: Report, handOn: () => void): void;
  /** What the page said before the pixel came is done: before that, the tag is told nothing. */
  open(): void;
  /** Every page view is handed on. */
  isSettled(): boolean;
}

interface View {
  readonly report: Report;
  readonly handOn: () => void;
  /** When it began, by the page's own clock. */
  readonly at: number;
  /** It is held until then; not known while nobody said whether it may go. */
  until?: number;
  /** The tag told of it, and that the shopper had not agreed: Microsoft does not use that. */
  isDenied?: boolean;
}

/** How long a page view is held to learn whether the tag counts it. */
const holdMs = 3_000;
/** How long one is held that a tag of ours has to be told of: routers name the page after they have gone there. */
const titleMs = 600;
const lookEveryMs = 200;

/**
 * Microsoft cannot merge a page view of the tag with one of the collector, so one of them alone counts each. A page's own tag
 * counts a view by itself when it comes, and later ones where its options say so: its beacon shows which. Of a view that it does
 * not count it is told. A view that it counted before the shopper agreed is used for nothing, so the collector counts it too.
 * @param nonce of the pixel's own script, for a page whose policy asks for one.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2nonjs (2026-05) for loading it,
 * hlp_ba_proc_uetv2addtag (2026-05) for page views
 */
export function createUetTag(settings: TagSettings, consent: ConsentManager, queue: UetQueue, nonce: string): Tag {
  /** The pixel brings the tag; else the page does, or nobody. */
  let isOurs = settings.mode === 'load';
  let isOpen = false;
  let isLoading = false;
  let isReady = false;
  /** A beacon of the page's own tag was seen. */
  let hasTold = false;
  let viewBegan = 0;
  const views: View[] = [];
  const untold: (() => void)[] = [];

  const scriptOfPage = () => document.querySelector('script[src*="/bat.js"]');
  /** What a view is called that the tag does not count. */
  const absence = () => (!isReady && (isLoading || scriptOfPage()) ? 'blocked' : 'none');

  const settle = (view: View, browserTag: BrowserTagState) => {
    views.splice(views.indexOf(view), 1);
    view.report.page.browserTag = browserTag;
    view.handOn();
  };
  const settleAll = (browserTag: BrowserTagState) => {
    for (const view of [...views]) settle(view, browserTag);
  };

  /** Time is up, or the page may end. Where no beacon of the tag was ever seen none can be, and it counts what it usually does. */
  const decide = (view: View, isOver?: boolean) => {
    if (!isReady) {
      settle(view, absence());
      if (!isOurs) passOver(settings.queue, views);
    } else if (isOurs || hasTold) {
      const path = view.report.page.url?.replace(/^\w+:\/\/[^/]*/, '');
      if (!isOver) queue.push('event', 'page_view', { page_path: emailLike.test(`${path}`) ? pathOf(path) : path });
      settle(view, isOver ? 'none' : 'ran');
    } else settle(view, 'ran');
  };

  /** Looks what the tag did, and does what can be done by now. */
  const look = (isOver?: boolean) => {
    if (!isReady && !isOurs && queue.isLive()) isReady = true;
    const state = consent.state();
    if (!isOpen || state === 'waiting') return;
    for (const view of [...views]) {
      view.until ??= performance.now() + (isReady && isOurs ? titleMs : holdMs);
      if (state === 'denied' || view.isDenied) settle(view, 'none');
      else if (isOver || performance.now() > view.until) decide(view, isOver);
    }
    if (isReady || !isOurs) for (const tell of untold.splice(0)) tell();
    // What was denied when it happened does not wait for a tag that may never come.
    else if (state === 'denied') untold.length = 0;
  };
  const load = swallowErrors(() => {
    isLoading = true;
    // Two tags would count everything twice.
    isOurs = !queue.isLive() && !scriptOfPage();
    if (!isOurs) return;
    const block = () => {
      settleAll('blocked');
      isOurs = false;
    };
    const script = document.createElement('script');
    script.async = true;
    script.src = settings.script;
    script.nonce = nonce;
    script.onerror = block;
    script.onload = swallowErrors(() => {
      const page = Object(window);
      // What blocks it may put an empty script in its place.
      if (!page.UET) return block();
      page[settings.queue] = new page.UET({ ti: settings.tagId, q: page[settings.queue] });
      isReady = true;
      if (views.length > 0) queue.push('pageLoad');
      settleAll('ran');
      look();
    });
    document.head.append(script);
  });

  const heed = () => {
    if (!isOpen) return;
    const state = consent.state();
    const isMissing = isOurs && !isLoading;
    if (state === 'denied') queue.takeBack();
    if (!isMissing || state === 'granted') queue.tellConsent(state === 'granted' ? state : 'denied', state === 'waiting');
    if (isMissing && state === 'granted') load();
    look();
  };

  addEventListener(
    'pagehide',
    swallowErrors(() => look(true)),
  );
  addEventListener(
    'visibilitychange',
    swallowErrors(() => document.hidden && look(true)),
  );

  // A beacon of the tag is a resource that the page loaded.
  swallowErrors(() =>
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        const { pathname, searchParams } = new URL(name);
        const { ti, evt, p, asc } = Object.fromEntries(searchParams);
        if (isOurs || !/\/action\/0$/.test(pathname) || ti !== settings.tagId) continue;
        hasTold = true;
        const view = views.find(({ at, report }) => startTime >= at && pathOf(report.page.url) === pathOf(p));
        if (!view || evt !== 'pageLoad') continue;
        view.isDenied = asc === 'D';
        if (!view.isDenied) settle(view, 'ran');
        look();
      }
    }).observe({ type: 'resource', buffered: true }),
  )();

  return {
    take(report, handOn) {
      const event = settings.events[`${report.name}`.toLowerCase()] ?? report;
      const { name } = event;
      if (name || report.type) handOn();
      if (name) {
        untold.push(() => {
          // A denied copy is merged with nothing, and the id may name the order.
          const told = consent.state() === 'granted' ? report : { ...redactReport(report), id: '' };
          queue.push('event', name, toTagParameters(told, event, settings));
        });
      } else if (!report.type) {
        look();
        // A tag that is on its way will count the page as it is then.
        if (!isReady) settleAll(absence());
        views.push({ report, handOn, at: viewBegan });
        // What the tag told before concerns the views before.
        viewBegan = performance.now();
      }
      heed();
    },
    open() {
      isOpen = true;
      heed();
      setInterval(swallowErrors(look), lookEveryMs);
    },
    isSettled: () => views.length === 0,
  };
}

/** Shops that tell their tag of a view themselves often leave the query out. */
function pathOf(url = ''): string {
  return url.replace(/[?#].*/, '');
}

/**
 * A tag that comes late would count a view that was handed on for the collector to count: its first `pageLoad` is dropped, unless
 * there is a newer view to count. The trap stays, so a second one fails, as does one where the page declared its variable with `var`.
 */
const passOver = swallowErrors((queue: string, views: readonly View[]) => {
  let tag = Reflect.get(window, queue);
  Object.defineProperty(window, queue, {
    get: () => tag,
    set(next) {
      tag = next;
      if (!next || Array.isArray(next) || views.length > 0) return;
      const { push } = next;
      next.push = (...words: readonly unknown[]) => {
        if (words[0] === 'pageLoad') next.push = push;
        else push.apply(next, words);
      };
    },
  });
});
