import type { BrowserTagState } from '../../../event/event.ts';
import type { Fields, Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import { omitAbsent } from '../../../pixel/tag-values.ts';
import type { MetaTagSettings } from '../tag-settings.ts';
import { buildCustomData } from './custom-data.ts';

/** The page's `fbq`: first a queue of calls, then the tag, which has `callMethod`. */
interface Fbq {
  (...call: readonly unknown[]): void;
  callMethod?: (...call: readonly unknown[]) => void;
  push?: unknown;
  loaded?: boolean;
  version?: string;
  queue?: unknown[];
  allowDuplicatePageViews?: boolean;
  disablePushState?: boolean;
}

interface View {
  readonly report: Report;
  readonly settle: (state?: BrowserTagState) => void;
  /** The time until which it is held; absent until consent is granted. */
  until?: number;
}

/** The time that a page view is held to learn whether the tag runs, and whether the page's own code reports the view to it. */
const holdMs = 3_000;
const lookEveryMs = 200;

/**
 * Creates the driver of the Meta Pixel. Meta merges its reports with the connection's by name and event id, also those of page views. A
 * page view that the page's own code reports has no such id, so the driver looks for its beacon and reports only other views. The server
 * sends no view that the tag counted.
 * @source https://developers.facebook.com/docs/meta-pixel/reference, /implementation/gdpr and /implementation/data-processing-options,
 * https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events (2026-09-12)
 */
export function createDriver(settings: MetaTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const { pixelId, standard } = settings;
  const findEvent = (name: unknown) => settings.events[`${name}`.toLowerCase()];
  const page: { fbq?: Fbq; _fbq?: Fbq } = Object(window);
  const views = new Set<View>();
  /** Calls that wait for consent, or for the page's tag. */
  const calls: (() => void)[] = [];
  let person: Record<string, unknown> = {};
  let isOpen: boolean | undefined;
  let isOurs: boolean | undefined;
  let isRevoked = false;
  /** The person with whom the pixel was initialised last, as JSON; absent before the first event. */
  let initialised: string | undefined;

  /** Reports an event to the site's own pixel, so that other pixels of the page receive nothing. */
  const track = ({ id, name, commerce = {} }: Report) => {
    const event = findEvent(name);
    const metaName = event?.name ?? `${name}`;
    // The first event follows the pixel's initialisation. A further one only adds a person that the page named meanwhile.
    const known = JSON.stringify(person);
    if (known !== initialised) {
      if (!initialised && settings.isLimited) page.fbq?.('dataProcessingOptions', ['LDU'], 0, 0);
      if (isOurs || known !== '{}') page.fbq?.('init', pixelId, person);
      initialised = known;
    }
    const command = standard.includes(metaName) ? 'trackSingle' : 'trackSingleCustom';
    // Meta reads the id only from the argument after the custom data.
    page.fbq?.(command, pixelId, metaName, buildCustomData(commerce, event?.parts, settings), { eventID: id });
  };

  /** Loads the tag, unless the page has one: two tags would count everything twice. */
  const load = () => {
    if (page.fbq || settings.mode !== 'load') return;
    isOurs = true;
    const queue: unknown[] = [];
    const fbq: Fbq = (...input) => {
      if (fbq.callMethod) fbq.callMethod(...input);
      else queue.push(input);
    };
    // The pixel reports every view itself, also those of a router.
    Object.assign(fbq, { push: fbq, queue, loaded: true, version: '2.0', allowDuplicatePageViews: true, disablePushState: true });
    page.fbq = page._fbq = fbq;
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
    // Before a choice the tag holds its events.
    if (page.fbq && (state === 'granted') === isRevoked) {
      isRevoked = !isRevoked;
      page.fbq('consent', isRevoked ? 'revoke' : 'grant');
    }
    if (state === 'waiting') return;
    if (state === 'denied') calls.splice(0);
    if (page.fbq) for (const run of calls.splice(0)) run();
    for (const view of views) {
      const isLive = page.fbq?.callMethod;
      view.until ??= performance.now() + holdMs;
      if (state === 'denied') settle(view, 'none');
      else if (isOver || (isOurs && isLive) || performance.now() > view.until) {
        if (isLive) track(view.report);
        settle(view, isLive ? 'ran' : page.fbq ? 'blocked' : 'none');
      }
    }
  };

  // The page's resource timings show the tag's beacons.
  const watch = swallowErrors((list: PerformanceObserverEntryList) => {
    for (const { name } of list.getEntries()) {
      // The browser lists beacons in their order, so this one belongs to the oldest view.
      const [view] = views;
      if (view && name.includes(`?id=${pixelId}&ev=PageView`)) settle(view, 'ran');
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
      Object.assign(person, toPerson(report.user ?? {}));
      if (findEvent(report.name)?.name === 'PageView') {
        views.add({ report, settle: settleReport });
      } else {
        settleReport();
        if (!report.type) calls.push(() => track(report));
      }
      check();
    },
    leave: () => check(true),
    setVisitor: ({ uid }) => {
      if (uid) person.external_id = uid;
    },
    forgetVisitor: () => {
      person = {};
    },
  };
}

/** Returns the person for advanced matching. The tag normalises and hashes each value like the server, and uses a hash unchanged. */
function toPerson({ email, emailSha256, phone, phoneSha256 }: Fields): Fields {
  // The collector knows the country of a national number. The page does not.
  return omitAbsent({ em: email ?? emailSha256, ph: /^\+/.test(`${phone}`) ? phone : phoneSha256 });
}
