import type { BrowserTagState } from '../../../event/event.ts';
import { emailLike, type Report, redactReport } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import type { UetTagSettings } from '../tag-settings.ts';
import { toTagParameters } from './tag-parameters.ts';
import type { UetQueue } from './uet-queue.ts';

interface View {
  readonly report: Report;
  readonly handOn: (state?: BrowserTagState) => void;
  /** The start of the view, by the page's own clock. */
  readonly at: number;
  /** The looks until it is decided; absent until it is known whether the tag may count it. */
  looks?: number | undefined;
  /** Whether the tag reported the view without consent, so that Microsoft does not use it. */
  isDenied?: boolean;
}

const lookEveryMs = 200;
/** The looks, over three seconds, for which a page view is held to learn whether the tag counts it. A page that stands still has none. */
const holdLooks = 15;
/** The looks for which a view is held for a tag that the pixel loads: routers set the title after the navigation. */
const titleLooks = 3;

/**
 * Creates the interface to the tag. Microsoft cannot merge a page view of the tag with one of the collector, so only one of them may count
 * each view. A page's own tag counts the first view when it loads, and later ones if its options say so: its beacons show it. The pixel
 * sends the tag the views that it does not count. A view that the tag counted before consent is not used, so the collector counts it too.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2nonjs (2026-05) for loading it,
 * hlp_ba_proc_uetv2addtag (2026-05) for page views
 */
export function createUetTag(
  settings: UetTagSettings,
  { consent, nonce }: PixelContext,
  queue: UetQueue,
): Pick<BrowserTag, 'open' | 'report' | 'leave'> & { isSettled(): boolean } {
  /** Whether the pixel loads the tag; otherwise the page does, if it has one. */
  let isOurs = settings.mode === 'load';
  let isOpen = false;
  let isLoading = false;
  let isReady = false;
  /** Whether a beacon of the page's own tag was seen. */
  let hasBeacon = false;
  let viewBegan = 0;
  const views: View[] = [];
  const pendingViews: (() => void)[] = [];

  const scriptOfPage = () => document.querySelector('script[src*="/bat.js"]');
  /** Returns the state of a view that the tag does not count. */
  const getAbsentState = () => (!isReady && (isLoading || scriptOfPage()) ? 'blocked' : 'none');

  const settle = (view: View, state: BrowserTagState) => {
    views.splice(views.indexOf(view), 1);
    view.handOn(state);
  };
  const settleAll = (state: BrowserTagState) => {
    for (const view of [...views]) settle(view, state);
  };

  /**
   * Decides a view after its looks, or when the page may end. If no beacon of the tag was ever seen, beacons cannot be seen, and the tag
   * counts the views that it counts by default.
   */
  const decide = (view: View, isOver?: boolean) => {
    if (!isReady) {
      settle(view, getAbsentState());
      if (!isOurs) dropLateView(settings.queue, views);
    } else if (isOurs || hasBeacon) {
      const path = view.report.page.url?.replace(/^\w+:\/\/[^/]*/, '');
      if (!isOver) queue.push('event', 'page_view', { page_path: emailLike.test(`${path}`) ? getPath(path) : path });
      settle(view, isOver ? 'none' : 'ran');
    } else settle(view, 'ran');
  };

  /** Checks the tag's beacons, and decides the views that can be decided. */
  const check = (isOver?: boolean, isLook?: boolean) => {
    if (!isReady && !isOurs && queue.isLive()) isReady = true;
    const state = consent.state();
    if (!isOpen || state === 'waiting') return;
    for (const view of [...views]) {
      view.looks ??= isReady && isOurs ? titleLooks : holdLooks;
      if (isLook) view.looks -= 1;
      if (state === 'denied' || view.isDenied) settle(view, 'none');
      else if (isOver || view.looks < 0) decide(view, isOver);
    }
    if (isReady || !isOurs) for (const sendView of pendingViews.splice(0)) sendView();
    // Views that were denied at their time do not wait for a tag that may never load.
    else if (state === 'denied') pendingViews.length = 0;
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
      // A content blocker may replace the tag with an empty script.
      if (!page.UET) return block();
      page[settings.queue] = new page.UET({ ti: settings.tagId, q: page[settings.queue] });
      isReady = true;
      if (views.length > 0) queue.push('pageLoad');
      settleAll('ran');
      check();
    });
    document.head.append(script);
  });

  const heed = () => {
    if (!isOpen) return;
    const state = consent.state();
    const isMissing = isOurs && !isLoading;
    if (state === 'denied') queue.discard();
    if (!isMissing || state === 'granted') queue.sendConsent(state === 'granted' ? state : 'denied', state === 'waiting');
    if (isMissing && state === 'granted') load();
    check();
  };

  // The page's resource timings show the tag's beacons.
  swallowErrors(() =>
    new PerformanceObserver((list) => {
      for (const { name, startTime } of list.getEntries()) {
        const { pathname, searchParams } = new URL(name);
        const { ti, evt, p, asc } = Object.fromEntries(searchParams);
        if (isOurs || !/\/action\/0$/.test(pathname) || ti !== settings.tagId) continue;
        hasBeacon = true;
        // On a slow network, the beacon of the view may follow as late.
        for (const one of views) one.looks = undefined;
        const view = views.find(({ at, report }) => startTime >= at && getPath(report.page.url) === getPath(p));
        if (!view || evt !== 'pageLoad') continue;
        view.isDenied = asc === 'D';
        if (!view.isDenied) settle(view, 'ran');
        check();
      }
    }).observe({ type: 'resource', buffered: true }),
  )();

  return {
    report(report, handOn) {
      const event = settings.events[`${report.name}`.toLowerCase()] ?? report;
      const { name } = event;
      if (name || report.type) handOn();
      if (name) {
        pendingViews.push(() => {
          // A denied report is not merged, and its id may contain the order's.
          const tagReport = consent.state() === 'granted' ? report : { ...redactReport(report), id: '' };
          queue.push('event', name, toTagParameters(tagReport, event, settings));
        });
      } else if (!report.type) {
        check();
        // A tag that is still loading will count the page in its state at that time.
        if (!isReady) settleAll(getAbsentState());
        views.push({ report, handOn, at: viewBegan });
        // Earlier beacons of the tag belong to earlier views.
        viewBegan = performance.now();
      }
      heed();
    },
    open() {
      isOpen = true;
      heed();
      setInterval(
        swallowErrors(() => check(false, true)),
        lookEveryMs,
      );
    },
    leave: () => check(true),
    isSettled: () => views.length === 0,
  };
}

/** Returns the path of a URL: shops that send views to their tag themselves often omit the query. */
function getPath(url = ''): string {
  return url.replace(/[?#].*/, '');
}

/**
 * Keeps a late tag from counting a view that the collector counts: drops its first `pageLoad`, unless there is a newer view to count. The
 * property stays, so a second call fails, and so does one on a page that declared the variable with `var`.
 */
const dropLateView = swallowErrors((queue: string, views: readonly View[]) => {
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
