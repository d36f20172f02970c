import type { BrowserTag } from '../event/event.ts';
import type { TagSettings } from '../event/pixel-settings.ts';
import type { ConsentKeeper } from './consent.ts';
import { guarded } from './guarded.ts';
import { type Report, stripped } from './report.ts';
import { tagParameters } from './uet-parameters.ts';
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
  timer?: ReturnType<typeof setTimeout>;
}

/** How long a page view is held to learn whether the tag counts it. */
const holdMs = 3_000;
const lookEveryMs = 100;

/**
 * Microsoft cannot merge a page view of the tag with one of the collector, so one of them alone counts each. The tag counts a
 * view by itself when it comes. One that no document load made it counts by itself only where its options say so: its own beacon
 * shows it, and where none is seen, it is told.
 * @param nonce of the pixel's own script, for a page whose policy asks for one.
 * @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uetv2nonjs (2026-05) for loading it,
 * hlp_ba_proc_uetv2addtag (2026-05) for page views
 */
export function uetTag(settings: TagSettings, consent: ConsentKeeper, queue: UetQueue, nonce: string): Tag {
  const hadQueue = settings.queue in window;
  /** The pixel brings the tag; else the page does. */
  let isOurs = settings.mode === 'load';
  let isOpen = false;
  let isLoading = false;
  let isBlocked = false;
  let isReady = false;
  /** The tag counts later views by itself; not known at first. */
  let countsAlone: boolean | undefined;
  const views: View[] = [];
  const untold: (() => void)[] = [];

  const scriptOfPage = () => document.querySelector('script[src*="/bat.js"]');
  /** What a view is called that the tag does not count. */
  const absence = () => (!isReady && (isOurs ? isLoading : hadQueue || scriptOfPage()) ? 'blocked' : 'none');

  const settle = (view: View, browserTag: BrowserTag) => {
    clearTimeout(view.timer);
    views.splice(views.indexOf(view), 1);
    view.report.page.browserTag = browserTag;
    view.handOn();
  };
  const settleAll = (browserTag: BrowserTag) => {
    for (const view of [...views]) settle(view, browserTag);
  };

  const decide = (view: View) => {
    if (isReady) {
      countsAlone ??= false;
      if (!countsAlone) queue.push('event', 'page_view', viewParameters(view.report));
      settle(view, 'ran');
    } else {
      settle(view, absence());
      if (!isOurs) passOver(settings.queue, () => views.length > 0);
    }
  };
  /** Held from when the report could go. */
  const hold = () => {
    if (!isOpen || consent.state() === 'waiting') return;
    for (const view of views) view.timer ??= setTimeout(guarded(decide), holdMs, view);
  };

  const tellUntold = () => {
    if (!isOpen || consent.state() === 'waiting') return;
    if (isReady || !isOurs) for (const tell of untold.splice(0)) tell();
    // What was denied when it happened does not wait for a tag that may never come.
    else if (isBlocked || consent.state() === 'denied') untold.length = 0;
  };

  const arrive = () => {
    isReady = true;
    if (isOurs) {
      countsAlone = false;
      if (views.length > 0) queue.push('pageLoad');
    } else {
      onBeaconOfView(settings.tagId, (address) => {
        if (countsAlone !== undefined || !views.some(({ report }) => withoutFragment(report.page.url) === address)) return;
        countsAlone = true;
        settleAll('ran');
      });
    }
    settleAll('ran');
    tellUntold();
  };
  const watch = () => {
    if (queue.isLive()) arrive();
    else setTimeout(watch, lookEveryMs);
  };
  const block = () => {
    isBlocked = true;
    settleAll('blocked');
    tellUntold();
  };
  const load = guarded(() => {
    isLoading = true;
    if (queue.isLive() || scriptOfPage()) {
      // Two tags would count everything twice.
      isOurs = false;
      watch();
      return;
    }
    const script = document.createElement('script');
    script.async = true;
    script.src = settings.script;
    script.nonce = nonce;
    script.onerror = block;
    script.onload = guarded(() => {
      const page = Object(window);
      // What blocks it may put an empty script in its place.
      if (!page.UET) return block();
      page[settings.queue] = new page.UET({ ti: settings.tagId, q: page[settings.queue] });
      arrive();
    });
    document.head.append(script);
  });

  const heed = () => {
    if (!isOpen) return;
    const state = consent.state();
    const isMissing = isOurs && !isLoading;
    if (!isMissing || state === 'granted') queue.tellConsent(state === 'granted', state === 'waiting');
    if (isMissing && state === 'granted') load();
    if (state === 'denied') settleAll('none');
    hold();
    tellUntold();
  };

  addEventListener(
    'pagehide',
    guarded(() => settleAll(absence())),
  );

  return {
    take(report, handOn) {
      if (report.type) {
        handOn();
        heed();
        return;
      }
      const event = settings.events[`${report.name}`.toLowerCase()] ?? report;
      const { name } = event;
      if (name) {
        handOn();
        const tell = () => {
          const told = consent.state() === 'granted' ? report : stripped(report);
          queue.push('event', name, tagParameters(told, event, settings));
        };
        untold.push(tell);
        tellUntold();
        return;
      }
      // A tag that is on its way will count the page as it is then.
      if (!isReady) settleAll(absence());
      const view = { report, handOn };
      views.push(view);
      if (consent.state() === 'denied') settle(view, 'none');
      else if (isBlocked) settle(view, 'blocked');
      else if (countsAlone !== undefined) decide(view);
      else hold();
    },
    open() {
      isOpen = true;
      if (!isOurs) watch();
      heed();
    },
    isSettled: () => views.length === 0,
  };
}

function withoutFragment(url = ''): string {
  return url.replace(/#.*/, '');
}

function viewParameters({ page: { url = '', title } }: Report) {
  return { page_path: url.replace(/^\w+:\/\/[^/]*/, ''), page_title: title };
}

/** A beacon of the tag is a resource that the page loaded. Calls back with the address that it counted. */
const onBeaconOfView = guarded((tagId: string, seen: (address: string) => void) => {
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      const { pathname, searchParams } = new URL(name);
      const is = (parameter: string, value: string) => searchParams.get(parameter) === value;
      if (/\/action\/0$/.test(pathname) && is('ti', tagId) && is('evt', 'pageLoad'))
        seen(withoutFragment(searchParams.get('p') ?? ''));
    }
  }).observe({ type: 'resource' });
});

/**
 * A tag that comes late would count a view that was handed on for the collector to count: its first `pageLoad` is dropped. The
 * trap stays, so a second one fails, as does one where the page declared its variable with `var`.
 */
const passOver = guarded((queue: string, countsView: () => boolean) => {
  let tag = Reflect.get(window, queue);
  Object.defineProperty(window, queue, {
    get: () => tag,
    set(next) {
      tag = next;
      if (Array.isArray(next) || countsView()) return;
      const { push } = next;
      next.push = (...words: readonly unknown[]) => {
        if (words[0] === 'pageLoad') next.push = push;
        else push.apply(next, words);
      };
    },
  });
});
