import type { PixelSettings } from '../event/pixel-settings.ts';
import { newId, newVisitorId, type Report, redactReport, toStoredReport } from './browser-report.ts';
import type { ConsentManager } from './consent.ts';
import { swallowErrors } from './swallow-errors.ts';

/** The visitor's ids, from the collector's response. */
export interface VisitorIds {
  readonly visitorId?: string | null;
  readonly uid?: string | null;
}

/** The queue of reports to the collector. */
export interface Outbox {
  /** Adds a report. It is sent within 2 s, or at once if it is urgent. */
  add(report: Report, urgent?: boolean): void;
  /** Sends the rest without waiting for responses, because the page may unload. `forGood` also sends reports that waited for consent. */
  leave(forGood?: boolean): void;
  /** Returns whether nothing of a granted page is stored any more: another page took a denial. */
  isCleared(): boolean;
  /** Retries failed requests at once, because the browser is online again. */
  retryNow(): void;
}

const keyPrefix = '_cv.';
const batchDelayMs = 2_000;
const batchReports = 10;
/** Two batches fit into the 64 KiB that a browser allows in flight for all pages of a site. */
const batchBytes = 30_000;
const inFlightBytes = 60_000;
const maxReports = 50;
const maxStoredCharacters = 48_000;
const maxStoredAgeMs = 86_400_000;
const responseTimeoutMs = 10_000;
const minBackoffMs = 1_000;
const maxBackoffMs = 300_000;

/**
 * Creates the outbox, bounded in number, bytes and age. While consent is granted, the reports are copied to `localStorage`, under a key of
 * the page's own and without personal data, and the next page sends those without acknowledgement: neither the end of a page nor an outage
 * of the collector loses a report. Sending one twice is harmless, because its id stays.
 */
export function createOutbox(
  settings: PixelSettings,
  address: URL,
  consent: ConsentManager,
  onVisitor: (ids: VisitorIds) => unknown,
): Outbox {
  const key = keyPrefix + newId();
  let reports: Report[] = [];
  const flying = new Set<Report>();
  /** Reports that were sent by a beacon, which has no response. */
  const beaconed = new Set<Report>();
  let flyingBytes = 0;
  /** Whether the request in flight must end before another one is sent. */
  let isAlone = false;
  let requests = 0;
  /** The visitor id from the collector. The browser's cookie takes precedence. */
  let visitor: string | undefined;
  /** The visitor and their granting choice that the collector acknowledged last, on this page or an earlier one. */
  let acknowledged: string | undefined;
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Returns the visitor's choice as a text to compare: the choice of another visitor is not theirs. */
  const getChoice = () => [visitor, consent.choice()].join();

  const listStoredKeys = () => Object.keys(localStorage).filter((name) => name.startsWith(keyPrefix));

  /** Removes and returns the stored reports of all pages. */
  const takeStoredReports = swallowErrors(() =>
    listStoredKeys().map((name) => {
      const text: string = localStorage[name];
      delete localStorage[name];
      return text;
    }),
  );

  const save = swallowErrors(() => {
    if (consent.state() !== 'granted') return;
    const queue = reports.map((report) => toStoredReport(report, settings.clicks));
    const text = () => JSON.stringify({ visitor, choice: acknowledged, stated: consent.choice(), queue });
    while (text().length > maxStoredCharacters) queue.shift();
    localStorage[key] = text();
  });

  /** Loads or deletes the reports and the visitor id of earlier pages, depending on the current consent. */
  function settle(): void {
    if (consent.state() === 'denied') visitor = acknowledged = void takeStoredReports();
    if (consent.state() !== 'granted' || visitor) return;
    takeStoredReports()?.forEach(
      swallowErrors((text, index) => {
        const mirror = JSON.parse(text);
        visitor ??= mirror.visitor;
        // If two tabs disagree, it is not known which choice the collector has.
        acknowledged = (!index || acknowledged === mirror.choice) && mirror.choice;
        reports.unshift(...mirror.queue.filter(({ time }: Report) => time > Date.now() - maxStoredAgeMs));
      }),
    );
    // Created here, so that a shopper who leaves before the first response is the same visitor on the next page.
    visitor ??= newVisitorId();
  }

  function remove(sent: readonly Report[]): void {
    reports = reports.filter((report) => !sent.includes(report));
    save();
  }

  const deny = (report: Report): Report => ({ ...redactReport(report), consent: consent.statement() });

  /** Returns the report with the current consent, as it is sent. */
  function toPayload(report: Report): Report & { readonly cookies?: unknown } {
    if (report.consent) return report;
    if (consent.state() !== 'granted') return deny(report);
    return {
      ...report,
      user: { anonymousId: visitor, ...report.user },
      cookies: platformCookies(settings.cookies),
      consent: consent.statement(),
    };
  }

  /** Returns the first reports that fit into one request. */
  function takeBatch(rest: readonly Report[], count = batchReports): readonly [readonly Report[], body: string, bytes: number] {
    const batch = rest.slice(0, count);
    const payloads = batch.map(toPayload);
    const body = JSON.stringify({
      writeKey: settings.writeKey,
      sentAt: Date.now(),
      events: payloads.filter(({ type }) => !type),
      signals: payloads.filter(({ type }) => type),
    });
    const bytes = new Blob([body]).size;
    return bytes <= batchBytes || count < 2 ? [batch, body, bytes] : takeBatch(rest, count >> 1);
  }

  const flush = swallowErrors((): void => {
    timer = void clearTimeout(timer);
    const rest = reports.filter((report) => !flying.has(report));
    if (!rest[0] || isAlone || consent.state() === 'waiting') return;
    const waitMs = notBefore - Date.now();
    if (waitMs > 0) {
      timer = setTimeout(flush, waitMs);
      return;
    }
    const [batch, body, bytes] = takeBatch(rest);
    const hasSignal = batch.some(({ type }) => type);
    // A response to an earlier request must not change back the cookies that the response to a signal sets.
    if (flyingBytes && (hasSignal || flyingBytes + bytes > inFlightBytes)) return;
    // The cookies of the response hold the result of a signal, and the landing page's click ids. The following reports need them.
    isAlone = hasSignal || !requests++;
    void send(batch, body, bytes);
    flush();
  });

  async function send(batch: readonly Report[], body: string, bytes: number): Promise<void> {
    for (const report of batch) flying.add(report);
    flyingBytes += bytes;
    let isOver = false;
    let askedMs = 0;
    const sender = visitor;
    const stated = batch.some(({ type }) => type === 'consent') && getChoice();
    try {
      const response = await fetch(address, {
        method: 'POST',
        body,
        keepalive: bytes < inFlightBytes,
        credentials: origin === 'null' ? 'omit' : 'include',
        signal: AbortSignal.timeout?.(responseTimeoutMs),
      });
      askedMs = Number(response.headers.get('retry-after')) * 1_000 || 0;
      isOver = !/408|429|5../.test(`${response.status}`);
      if (response.ok) {
        const ids = await response.json();
        // A denial meanwhile ended the visitor of the request.
        if (visitor === sender) {
          visitor = ids.visitorId ?? visitor;
          acknowledged = stated || acknowledged;
          onVisitor(ids);
        }
      }
    } catch {} // offline, blocked or cut off: retry
    for (const report of batch) flying.delete(report);
    flyingBytes -= bytes;
    isAlone = false;
    if (isOver) {
      failures = 0;
      remove(batch);
    } else {
      const backoffMs = Math.min(minBackoffMs * 2 ** failures++, maxBackoffMs) * (1 + Math.random());
      notBefore = Math.max(notBefore, Date.now() + Math.min(Math.max(askedMs, backoffMs), maxStoredAgeMs));
    }
    flush();
  }

  return {
    add(report, urgent) {
      settle();
      const denied = consent.state() === 'denied' && deny(report);
      if (report.type !== 'consent' || (consent.choice() && getChoice() !== acknowledged)) {
        // The first report holds the landing page's click ids.
        while (reports.length >= maxReports) reports.splice(1, 1);
        // A denial is first: the response to another denied report would expire the cookie that names its visitor.
        reports[denied && report.type ? 'unshift' : 'push'](denied || report);
      }
      save();
      if (urgent || reports.length - flying.size >= batchReports) flush();
      else timer ??= setTimeout(flush, batchDelayMs);
    },
    leave(forGood) {
      if (!forGood && consent.state() === 'waiting') return;
      // A reset in flight is sent again with the reports after it, which would otherwise belong to the old visitor.
      let rest = reports.filter((report) => !(flying.has(report) || beaconed.has(report)) || report.type === 'reset');
      while (rest[0]) {
        const [batch, body] = takeBatch(rest);
        navigator.sendBeacon(address, body);
        rest = rest.slice(batch.length);
        // A beacon has no response: stored reports are sent again by this page if it stays open, otherwise by the next.
        for (const report of batch) beaconed.add(report);
        if (consent.state() !== 'granted') remove(batch);
      }
    },
    isCleared: () => consent.state() === 'granted' && !listStoredKeys()[0],
    retryNow() {
      notBefore = 0;
      flush();
    },
  };
}

/** Returns the platforms' cookies that the page can read; a sandboxed page has none. */
const platformCookies = swallowErrors((names: readonly string[]) =>
  Object.fromEntries(
    document.cookie
      .split('; ')
      .map((pair) => pair.split(/=(.*)/s))
      .filter(([name = '']) => names.includes(name)),
  ),
);
