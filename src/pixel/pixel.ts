import type { PixelSettings } from '../event/pixel-settings.ts';
import { type ConsentStatement, emailLike, type Fields, newId, type Report } from './browser-report.ts';
import { createConsentManager } from './consent.ts';
import { watchConsentTools } from './consent-tools.ts';
import { createIdSync, type VisitorIds } from './id-sync.ts';
import { createOutbox } from './outbox.ts';
import { watchPageViews } from './page-views.ts';
import { createShopifyCart } from './shopify-cart.ts';
import { swallowErrors } from './swallow-errors.ts';
import { createUetQueue } from './uet-queue.ts';
import { createUetTag } from './uet-tag.ts';

/** The global of the snippet: first the queue of calls, then the pixel itself. */
interface Convey {
  (command: string, ...given: never[]): unknown;
  q?: Iterable<[string, ...never[]]>;
  isLive?: boolean;
}

/** The fields of `track`: the commerce fields, and these in addition. */
interface TrackFields extends Fields {
  readonly user?: Fields;
  readonly orderId?: unknown;
}

declare global {
  /** Set at build time. */
  const __CORE_ONLY__: boolean;
  const __SHOPIFY__: boolean;
  interface Window {
    convey?: Convey;
  }
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

/** Inserted by the collector for each site. */
declare const __CONVEY_SETTINGS__: PixelSettings;

function start(settings: PixelSettings, script: HTMLScriptElement): void {
  const queued = [...(window.convey?.q ?? [])];
  const landing = cut(location.href);
  const consent = createConsentManager(settings);
  const queue = __CORE_ONLY__ ? undefined : createUetQueue(settings.uet);
  const tag = queue && settings.uet && createUetTag(settings.uet, consent, queue, script.nonce);
  const sync = __CORE_ONLY__ ? undefined : createIdSync(settings.idSync);
  const cart = __SHOPIFY__ ? createShopifyCart(consent) : undefined;
  const onVisitor = (ids: VisitorIds) => {
    if (cart) cart.setVisitor(ids);
    if (!sync) return;
    if (consent.state() !== 'granted') sync.forget();
    else if (tag?.isSettled() !== false) sync.send(ids);
  };
  const box = createOutbox(settings, new URL('e', script.src), consent, onVisitor);
  /** Kept for this page only: raw values are never stored. */
  let user: Fields = {};
  let view: Fields = {};
  let time = 0;
  /** Whether the shop reports the shopper's choice itself, so that no consent tool is read. */
  let isCalled = !__CORE_ONLY__ && queued.some(([command]) => command === 'consent');

  /** Adds a copy of a report, which the page cannot change later. A value that is not JSON fails here only. The times define the order. */
  const add = (fields: Fields, urgent?: boolean): Report => {
    time = Math.max(Date.now(), time + 1);
    const page = { title: cut(document.title), ...view };
    const report = JSON.parse(JSON.stringify({ time, page, user, ...fields }));
    if (tag) tag.report(report, () => box.add(report, urgent));
    else box.add(report, urgent);
    return report;
  };
  const signal = (type: Report['type'], fields?: Fields) => add({ id: newId(), type, ...fields }, true);

  const page = (given: Fields = {}, referrer = document.referrer) => {
    const keywords = document.querySelector<HTMLMetaElement>('[name=keywords]')?.content;
    const here = location.href;
    // A frame without a URL of its own is part of the page around it.
    const url = /^http/.test(here) ? here : document.baseURI;
    view = { url: cut(url), referrer: cut(referrer), keywords: cut(keywords), loadId: newId(), ...given };
    const { page: viewPage } = add({ id: newId(), name: 'PageView' });
    // Routers set the title after the navigation.
    setTimeout(() => {
      if (!given.title && location.href === here) viewPage.title = cut(document.title);
    }, titleDelayMs);
  };

  const checkUrl = watchPageViews(swallowErrors((referrer) => page({}, referrer)));

  /** Reports the landing page as soon as consent allows it. */
  const applyConsent = (statement: ConsentStatement) =>
    consent.update(statement) && signal('consent', { page: { url: landing } });

  const choose = (statement: ConsentStatement) => {
    if (!__CORE_ONLY__) isCalled = true;
    if (applyConsent(statement) && consent.state() === 'denied') {
      // Notifies other pages of the shop by a storage event, and stores nothing.
      localStorage.setItem(denialKey, '1');
      localStorage.removeItem(denialKey);
    }
  };

  const commands: Readonly<Record<string, (...given: never[]) => unknown>> = {
    page,
    track(name: string, given: TrackFields | null) {
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
    consent: choose,
    reset() {
      user = {};
      if (sync) sync.forget();
      signal('reset');
    },
    ready: (run: () => unknown) => run(),
  };
  const convey: Convey = swallowErrors((command: string, ...given: never[]) => commands[command]?.(...given));
  convey.isLive = true;
  window.convey = convey;

  addEventListener(
    'pagehide',
    swallowErrors(() => box.leave(true)),
  );
  addEventListener(
    'visibilitychange',
    swallowErrors(() => document.hidden && box.leave(false)),
  );
  addEventListener('online', swallowErrors(box.retryNow));
  addEventListener(
    'storage',
    swallowErrors(({ key, newValue }) => key === denialKey && newValue && choose({ adStorage: 'denied' })),
  );

  if (queue) watchConsentTools((statement) => isCalled || applyConsent(statement), queue);
  if (!queued.some(([command]) => command === 'page')) swallowErrors(page)();
  for (const call of queued) convey(...call);
  if (tag) tag.open();
}

const script = document.currentScript;
if (script && 'src' in script && !window.convey?.isLive) {
  const begin = swallowErrors(() => start(__CONVEY_SETTINGS__, script));
  // A prerendered page was not viewed yet. The snippet queues its calls meanwhile.
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
}
