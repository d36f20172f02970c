import type { Fields, Report } from '../../../pixel/browser-report.ts';
import type { BrowserTag, PixelContext } from '../../../pixel/browser-tag.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import { omitAbsent } from '../../../pixel/tag-values.ts';
import type { TiktokTagSettings } from '../tag-settings.ts';
import { buildProperties } from './properties.ts';

type Method = 'page' | 'track' | 'identify' | 'holdConsent' | 'grantConsent' | 'revokeConsent';

/** A queue of calls with the tag's methods. The tag replaces the methods, and executes the queue. */
type Queue = unknown[] & { readonly [M in Method]?: (...given: readonly unknown[]) => void };

/** The page's `ttq`. `instance` returns one pixel of the page. */
type Ttq = Queue & { readonly instance?: (pixelCode: string) => Queue };

const methods: readonly Method[] = ['page', 'track', 'identify', 'holdConsent', 'grantConsent', 'revokeConsent'];
const consentMethods = { waiting: 'holdConsent', granted: 'grantConsent', denied: 'revokeConsent' } as const;
const lookEveryMs = 200;

function createQueue<T extends object>(more: T): Queue & T {
  const queue: unknown[] = [];
  const calls = methods.map((method) => [method, (...given: readonly unknown[]) => queue.push([method, ...given])]);
  return Object.assign(queue, Object.fromEntries(calls), more);
}

/**
 * Creates the driver of the TikTok Pixel. TikTok merges its reports with the connection's by pixel code, name and event id. The tag reports
 * page views itself, without an event id, and the connection sends none.
 * @source https://business-api.tiktok.com/portal/docs?id=1771100965992450 (2026-08-10; the event id), ?id=1771101204435970 (2026-08-10;
 * Limited Data Use), https://ads.tiktok.com/help/article/event-deduplication (2025-05-01)
 */
export function createDriver(settings: TiktokTagSettings, { consent, nonce }: PixelContext): BrowserTag {
  const { pixelCode, library, script } = settings;
  const page: { ttq?: Ttq; TiktokAnalyticsObject?: string } = Object(window);
  /** Calls that wait for consent, or for the page's tag. */
  const calls: ((pixel: Queue) => void)[] = [];
  let person: Fields = {};
  let isOpen = false;
  let isOurs = false;
  let identified = '{}';
  let stated = 'granted';

  /** Loads the tag, unless the page has one: two tags would count everything twice. */
  const load = () => {
    if (page.ttq || settings.mode !== 'load') return;
    isOurs = true;
    const pixel = createQueue({ _u: library });
    const at = Date.now();
    const options = omitAbsent({ limited_data_use: settings.isLimited });
    page.TiktokAnalyticsObject = 'ttq';
    page.ttq = createQueue({
      methods,
      instance: () => pixel,
      _i: { [pixelCode]: pixel },
      _t: { [pixelCode]: at },
      _o: { [pixelCode]: options },
    });
    document.head.append(Object.assign(document.createElement('script'), { async: true, src: script, nonce }));
  };

  const track = (pixel: Queue, { id, name, commerce = {} }: Report) => {
    const tiktokName = settings.events[`${name}`.toLowerCase()] ?? name;
    const now = JSON.stringify(person);
    if (now !== identified) pixel.identify?.(person);
    identified = now;
    // The page's own tag reports the page's views.
    if (tiktokName !== 'Pageview') pixel.track?.(tiktokName, buildProperties(commerce, settings), { event_id: id });
    else if (isOurs) pixel.page?.();
  };

  const check = () => {
    // The server sends no event of a shopper who denies the use of data for advertising.
    const state = consent.statement().adUserData === 'denied' ? 'denied' : consent.state();
    if (!isOpen) return;
    if (state === 'granted') load();
    const { ttq } = page;
    if (ttq && state !== stated) ttq[consentMethods[state]]?.();
    if (ttq) stated = state;
    if (state === 'denied') calls.length = 0;
    const pixel = ttq?.instance?.(pixelCode);
    if (pixel && state === 'granted') for (const run of calls.splice(0)) run(pixel);
  };

  return {
    open() {
      isOpen = true;
      check();
      setInterval(swallowErrors(check), lookEveryMs);
    },
    report(report, settle) {
      person = { ...person, ...toPerson(report.user ?? {}) };
      settle();
      if (!report.type) calls.push((pixel) => track(pixel, report));
      check();
    },
    leave: check,
    forgetVisitor() {
      person = {};
    },
  };
}

/** Returns the person for advanced matching. The tag hashes each value like the server, and uses a hash unchanged. */
function toPerson({ email, emailSha256, phone, phoneSha256, externalId }: Fields): Fields {
  return omitAbsent({
    email: email ?? emailSha256,
    // The collector knows the country of a national number. The page does not.
    phone_number: /^\+/.test(`${phone}`) ? phone : phoneSha256,
    external_id: externalId,
  });
}
