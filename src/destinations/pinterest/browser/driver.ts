import type { BrowserTagState } from '../../../event/event.ts';
import type { Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import type { PinterestTagSettings } from '../tag-settings.ts';
import { buildTagData } from './tag-data.ts';

/** The page's `pintrk`: a queue of calls until the tag takes its place. */
interface Pintrk {
  (...call: readonly unknown[]): void;
  queue?: unknown[];
  version?: string;
}

interface View {
  readonly report: Report;
  readonly settle: (state?: BrowserTagState) => void;
  /** The time until which it is held; absent until consent is granted. */
  until?: number;
}

/** The time that a page view is held to learn whether the page's own code reports it. */
const holdMs = 3_000;
const lookEveryMs = 200;

/**
 * Creates the driver of the Pinterest tag. Pinterest merges its events with the connection's by name and `event_id`, also page visits. A
 * visit that the page's own code reports has no such id, so the driver looks for its beacon and reports only other views. It settles a view
 * with `ran` only if the server must not send it.
 *
 * Assumptions: `pintrk('page')` is the beacon `event=init`, and a visit `event=pagevisit`; the tag empties its queue when it runs.
 * @source https://help.pinterest.com/en/business/article/pinterest-tag-parameters-and-cookies (2026-11-27),
 * https://github.com/pinterest/pinterest-magento2-extension (2026-04-14)
 */
export function createDriver(settings: PinterestTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const { tagId, names, customName } = settings;
  const page: { pintrk?: Pintrk } = Object(window);
  const views = new Set<View>();
  /** Calls that wait for consent, or for the page's tag. */
  const calls: (() => void)[] = [];
  let email: unknown;
  let sentEmail: unknown;
  let lastView: string | undefined;
  let isOpen = false;
  let isOurs = false;
  let isStopped = false;
  let { isLimited } = settings;

  const call = (...given: readonly unknown[]) => page.pintrk?.(...given);

  const track = ({ id, name, commerce = {} }: Report) => {
    const key = `${name}`.toLowerCase();
    const isCategory = settings.views.includes(key) && commerce.pageType === 'category';
    if (isLimited) {
      isLimited = undefined;
      call('set', { opt_out_type: 'LDP', st: 'CA', country: 'US' });
    }
    if (email !== sentEmail) {
      sentEmail = email;
      call('set', { em: email });
    }
    // Pinterest reads the id among the data.
    call('track', (isCategory && settings.categoryView) || names[key] || customName || key, buildTagData(id, commerce, settings));
  };

  /** Loads the tag, unless the page has one: two tags would count everything twice. */
  const load = () => {
    if (page.pintrk || settings.mode !== 'load') return;
    isOurs = true;
    const queue: unknown[] = [];
    page.pintrk = Object.assign((...given: readonly unknown[]) => void queue.push(given), { queue, version: '3.0' });
    call('load', tagId);
    document.head.append(Object.assign(document.createElement('script'), { async: true, src: settings.script, nonce }));
  };

  const settle = (view: View, state: BrowserTagState) => {
    views.delete(view);
    view.settle(state);
  };

  const check = (isOver?: boolean) => {
    // The server sends no event of a shopper who denies the use of data for advertising.
    const state = consent.statement().adUserData === 'denied' ? 'denied' : consent.state();
    if (!isOpen) return;
    if (state === 'granted') load();
    // A stopped tag deletes its cookies, so it is stopped only after a denial.
    if (page.pintrk && state === (isStopped ? 'granted' : 'denied')) {
      isStopped = !isStopped;
      call('setconsent', !isStopped);
    }
    if (state === 'waiting') return;
    if (state === 'denied') calls.length = 0;
    if (page.pintrk) for (const run of calls.splice(0)) run();
    for (const view of [...views]) {
      view.until ??= performance.now() + holdMs;
      if (state === 'denied') settle(view, 'none');
      else if (isOurs || isOver || performance.now() > view.until) {
        if (page.pintrk) {
          lastView = view.report.id;
          track(view.report);
        }
        // The server's report is sent, too: both have the same id.
        settle(view, 'none');
      }
    }
  };

  // The page's resource timings show the tag's beacons.
  const watch = swallowErrors((list: PerformanceObserverEntryList) => {
    for (const { name } of list.getEntries()) {
      // The browser lists beacons in their order, so this one belongs to the oldest view.
      const [view] = views;
      const isVisit = name.includes(`tid=${tagId}`) && /[?&]event=(init|pagevisit)&/i.test(name);
      if (view && isVisit && !(lastView && name.includes(lastView))) settle(view, 'ran');
    }
  });
  new PerformanceObserver(watch).observe({ type: 'resource', buffered: true });

  return {
    open() {
      isOpen = true;
      check();
      setInterval(swallowErrors(check), lookEveryMs);
    },
    report(report, settleReport) {
      const { type, user = {}, commerce } = report;
      email = user.email ?? user.emailSha256 ?? email;
      if (!type && settings.views.includes(`${report.name}`.toLowerCase())) {
        if (settings.skipsProductPages && commerce?.pageType === 'product') settleReport();
        else views.add({ report, settle: settleReport });
      } else {
        settleReport();
        if (!type) calls.push(() => track(report));
      }
      check();
    },
    leave: () => check(true),
    forgetVisitor: () => {
      email = undefined;
    },
  };
}
