import type { BrowserTagState } from '../event/event.ts';
import type { PixelSettings } from '../event/pixel-settings.ts';
import { emailLike, type Fields, newId, type Report } from './browser-report.ts';
import type { BrowserTag, CreateDriver } from './browser-tag.ts';
import type { Capture } from './capture.ts';
import type { Commands, ConsentStatement, PageFields, TrackFields } from './commands.ts';
import { createConsentManager, isChoice } from './consent.ts';
import type { watchConsentTools } from './consent-tools.ts';
import type {} from './convey-global.ts';
import { createOutbox, type VisitorIds } from './outbox.ts';
import { type PageCommand, watchPageViews } from './page-views.ts';
import type { createShopifyCart } from './shopify-cart.ts';
import { swallowErrors } from './swallow-errors.ts';

/** The pixel as it is: a page may call it with anything. */
interface UncheckedConvey {
  (command: string, ...input: never[]): unknown;
  isLive?: boolean;
}

declare global {
  interface Document {
    readonly prerendering?: boolean;
  }
}

const titleDelayMs = 500;
const denialKey = '_cv';
/** Keeps a page with very long texts from exceeding the limits of its events. */
const maxTextLength = 4_000;

/** Matches an order id that may be part of an event id: no placeholder, no object, no e-mail address. */
const orderIdForm = /^(?!undefined$|null$|\[).{1,119}$/;

function cut(text: string | undefined): string | undefined {
  return text?.slice(0, maxTextLength);
}

/** The parts of the pixel that only some sites use. */
interface PixelParts {
  readonly shopifyCart?: typeof createShopifyCart;
  readonly consentTools?: typeof watchConsentTools;
  /** In the order in which they start. */
  readonly captures: readonly Capture[];
  /** The driver of each browser tag of the site, with its destination's id. */
  readonly drivers: readonly (readonly [id: string, createDriver: CreateDriver<unknown>])[];
}

/** Inserted by the collector for each site. */
declare const __CONVEY_SETTINGS__: PixelSettings;
declare const __CONVEY_PARTS__: PixelParts;

function start(settings: PixelSettings, parts: PixelParts, script: HTMLScriptElement): void {
  const queued = [...(window.convey?.q ?? [])];
  const landing = cut(location.href);
  const consent = createConsentManager(settings);
  const tags = new Map<string, BrowserTag>();
  for (const [id, createDriver] of parts.drivers) {
    const tag = swallowErrors(createDriver)(settings.tags?.[id], { consent, nonce: script.nonce });
    if (tag) tags.set(id, tag);
  }
  const eachTag = (run: (tag: BrowserTag) => unknown) => tags.forEach(swallowErrors(run));
  const cart = parts.shopifyCart?.(consent);
  const onVisitor = (ids: VisitorIds) => {
    cart?.setVisitor(ids);
    eachTag((tag) => tag.setVisitor?.(ids));
  };
  const box = createOutbox(settings, new URL('e', script.src), consent, onVisitor);
  /** Kept for this page only: raw values are never stored. */
  let user: Fields = {};
  let view: Fields = {};
  let time = 0;
  /** Whether the shop reports the shopper's choice itself, so that no consent tool is read. */
  let isCalled = queued.some(([command]) => command === 'consent');

  /** Reports that a browser tag has not settled yet. */
  const held = new Set<Report>();

  /** Passes the report to the browser tags, and sends it as soon as all of them have settled it. */
  const send = (report: Report, urgent?: boolean) => {
    const open = new Map(tags);
    held.add(report);
    const settle = (id = '', state?: BrowserTagState) => {
      if (state) {
        report.page.browserTags ??= {};
        report.page.browserTags[id] = state;
      }
      open.delete(id);
      if (!open.size && held.delete(report)) box.add(report, urgent);
    };
    for (const [id, tag] of tags) {
      try {
        tag.report(report, (state) => settle(id, state));
      } catch {
        // A fault of one driver must not lose the report.
        settle(id);
      }
    }
    settle();
  };

  /** Adds a copy of a report, which the page cannot change later. A value that is not JSON fails here only. The times define the order. */
  const add = (fields: Fields, urgent?: boolean): Report => {
    time = Math.max(Date.now(), time + 1);
    const report = JSON.parse(JSON.stringify({ time, page: { title: cut(document.title), ...view }, user, ...fields }));
    send(report, urgent);
    return report;
  };
  const signal = (type: Report['type'], fields?: Fields) => add({ id: newId(), type, ...fields }, true);

  /** Applies a denial on another page. A page in the back-forward cache gets no storage event. */
  const heedOtherPages = swallowErrors(
    ({ key, persisted }: Partial<StorageEvent & PageTransitionEvent>) =>
      (key === denialKey || (persisted && box.isCleared())) && choose({ adStorage: 'denied' }),
  );
  addEventListener('storage', heedOtherPages);
  // Registered before the page view of the return.
  addEventListener('pageshow', heedOtherPages);

  const checkUrl = watchPageViews(swallowErrors((referrer) => commands.page({}, referrer)));

  /** Reports the landing page as soon as consent allows it. */
  const applyConsent = (statement: ConsentStatement, isChanged = consent.update(statement)) =>
    isChanged && signal('consent', { page: { url: landing } });

  const choose = (statement: ConsentStatement, isChanged?: boolean) => {
    isCalled = true;
    if (applyConsent(statement, isChanged) && consent.state() === 'denied') {
      // Notifies other pages of the shop by a storage event, and stores nothing.
      localStorage[denialKey] = 1;
      delete localStorage[denialKey];
    }
  };

  const commands: Omit<Commands, 'page'> & PageCommand = {
    page(value: PageFields = {}, referrer = document.referrer) {
      const keywords = document.querySelector<HTMLMetaElement>('[name=keywords]')?.content;
      const here = location.href;
      // A frame without a URL of its own is part of the page around it.
      const url = /^http/.test(here) ? here : document.baseURI;
      view = { url: cut(url), referrer: cut(referrer), keywords: cut(keywords), loadId: newId(), ...value };
      const { page: viewPage } = add({ id: newId(), name: 'PageView' });
      // Routers set the title after the navigation.
      setTimeout(() => {
        if (!value.title && location.href === here) viewPage.title = cut(document.title);
      }, titleDelayMs);
    },
    track(name: string, given?: TrackFields | null) {
      // Data layers use null for missing values.
      const { id, goal, properties, user: person, ...commerce } = given ?? {};
      // A router that handled a step back before the pixel did has already shown the next page.
      checkUrl();
      const alias = name.toLowerCase();
      const orderId = String(commerce.orderId).trim();
      const isOrder = settings.purchase.includes(alias) && orderIdForm.test(orderId) && !emailLike.test(orderId);
      const eventId = id ?? (isOrder ? `purchase-${orderId}` : newId());
      add({ id: eventId, name, goal, properties, commerce, user: { ...user, ...person } }, settings.urgent.includes(alias));
      return eventId;
    },
    identify(person: Fields) {
      user = { ...user, ...person };
      signal('identify');
    },
    consent: (statement: ConsentStatement) => choose(statement),
    reset() {
      user = {};
      eachTag((tag) => tag.forgetVisitor?.());
      signal('reset');
    },
    ready(run: () => unknown) {
      run();
    },
  };
  const unchecked: Readonly<Record<string, (...raw: never[]) => unknown>> = commands;
  const convey: UncheckedConvey = swallowErrors((command: string, ...given: never[]) => unchecked[command]?.(...given));
  convey.isLive = true;
  window.convey = convey;

  const leave = swallowErrors((forGood?: boolean) => {
    eachTag((tag) => tag.leave());
    // A driver holds page views until the shopper chooses.
    if (forGood) for (const report of held) if (held.delete(report)) box.add(report);
    box.leave(forGood);
  });
  addEventListener('pagehide', () => leave(true));
  addEventListener('visibilitychange', () => document.hidden && leave());
  addEventListener('online', swallowErrors(box.retryNow));

  for (const capture of parts.captures) swallowErrors(capture)(commands, settings, consent, script);
  parts.consentTools?.((statement) => !isCalled && applyConsent(statement), settings, [...tags.values()]);
  // A choice that the page states before the pixel loads applies to the first page view already, and replaces the defaults before it.
  const chosenAt = queued.findIndex(swallowErrors(([command, given]) => command === 'consent' && isChoice(given)));
  const chosen = queued[chosenAt];
  const isChanged = chosen && consent.update(chosen[1]);
  if (!queued.some(([command]) => command === 'page')) convey('page');
  queued.forEach((call, at) => {
    if (call === chosen) swallowErrors(choose)(call[1], isChanged);
    else if (at > chosenAt || call[0] !== 'consent') convey(...call);
  });
  eachTag((tag) => tag.open());
}

const script = document.currentScript;
if (script && 'src' in script && !window.convey?.isLive) {
  const begin = swallowErrors(() => start(__CONVEY_SETTINGS__, __CONVEY_PARTS__, script));
  // A prerendered page was not viewed yet. The snippet queues its calls meanwhile.
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
}
