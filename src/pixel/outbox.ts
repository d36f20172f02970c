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
 * Returns whether a report is sent only after all other requests have ended: the response to a reset or a denial changes the cookies, and a
 * response to an earlier request must not change them back.
 */
function mustBeAlone({ type, consent }: Report): boolean {
  return type === 'reset' || (type === 'consent' && !!consent);
}

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
  const beaconed = new WeakSet<Report>();
  let flyingBytes = 0;
  /** Whether the request in flight must end before another one is sent. */
  let isAlone = false;
  let requests = 0;
  /** The visitor id from the collector. The browser's cookie takes precedence. */
  let visitor: string | undefined;
  /** The granting choice that the collector acknowledged last, on this page or an earlier one. */
  let acknowledged: string | undefined;
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Removes and returns the stored reports of all pages. */
  const takeStoredReports = () =>
    Object.keys(localStorage)
      .filter((name) => name.startsWith(keyPrefix))
      .map((name) => {
        const text: string = localStorage[name];
        delete localStorage[name];
        return text;
      });

  const save = swallowErrors(() => {
    if (consent.state() === 'denied') takeStoredReports();
    if (consent.state() !== 'granted') return;
    const queue = reports.map((report) => toStoredReport(report, settings.clicks));
    const text = () => JSON.stringify({ visitor, choice: acknowledged, queue });
    while (text().length > maxStoredCharacters) queue.shift();
    localStorage[key] = text();
  });

  /** Loads or deletes the reports and the visitor id of earlier pages, depending on the current consent. */
  function settle(): void {
    if (consent.state() === 'denied') visitor = acknowledged = undefined;
    if (consent.state() !== 'granted' || visitor) return;
    swallowErrors(takeStoredReports)()?.forEach(
      swallowErrors((text) => {
        const mirror = JSON.parse(text);
        visitor ??= mirror.visitor;
        acknowledged ??= mirror.choice;
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

  /** Returns the report with the current consent, as it is sent. */
  function toPayload(report: Report): object {
    if (report.consent) return report;
    const statement = { consent: consent.statement() };
    if (consent.state() !== 'granted') return { ...redactReport(report), ...statement };
    return {
      ...report,
      user: { anonymousId: visitor, ...report.user },
      cookies: platformCookies(settings.cookies),
      ...statement,
    };
  }

  /** Returns the first reports that fit into one request. */
  function takeBatch(rest: readonly Report[]) {
    const turn = rest.findIndex((report, index) => index > 0 && mustBeAlone(report));
    const batch = rest.slice(0, turn < 0 ? batchReports : Math.min(turn, batchReports));
    const part = (isEvent: boolean) => batch.filter(({ type }) => !type === isEvent).map(toPayload);
    for (;;) {
      const body = JSON.stringify({ writeKey: settings.writeKey, sentAt: Date.now(), events: part(true), signals: part(false) });
      const bytes = new Blob([body]).size;
      if (bytes <= batchBytes || batch.length < 2) return { batch, body, bytes };
      batch.length >>= 1;
    }
  }

  const flush = swallowErrors((): void => {
    timer = void clearTimeout(timer);
    for (;;) {
      const rest = reports.filter((report) => !flying.has(report));
      const [first] = rest;
      if (!first || isAlone || consent.state() === 'waiting' || (flyingBytes && mustBeAlone(first))) return;
      const waitMs = notBefore - Date.now();
      if (waitMs > 0) {
        timer = setTimeout(flush, waitMs);
        return;
      }
      const { batch, body, bytes } = takeBatch(rest);
      if (flyingBytes && flyingBytes + bytes > inFlightBytes) return;
      // The cookies of the response hold the result of a signal, and the landing page's click ids. The following reports need them.
      isAlone = !requests++ || batch.some(({ type }) => type);
      void send(batch, body, bytes);
    }
  });

  async function send(batch: readonly Report[], body: string, bytes: number): Promise<void> {
    for (const report of batch) flying.add(report);
    flyingBytes += bytes;
    let isOver = false;
    let askedMs = 0;
    try {
      const response = await fetch(address, {
        method: 'POST',
        body,
        keepalive: bytes < inFlightBytes,
        credentials: origin === 'null' ? 'omit' : 'include',
        signal: AbortSignal.timeout?.(responseTimeoutMs),
      });
      const { status } = response;
      askedMs = Number(response.headers.get('retry-after')) * 1_000 || 0;
      isOver = status < 500 && status !== 408 && status !== 429;
      if (response.ok) {
        const ids = await response.json();
        visitor = ids.visitorId ?? visitor;
        acknowledged = (ids.visitorId && consent.choice()) || acknowledged;
        onVisitor(ids);
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
      const choice = consent.choice();
      if (report.type !== 'consent' || (choice && choice !== acknowledged)) {
        // The first report holds the landing page's click ids.
        while (reports.length >= maxReports) reports.splice(1, 1);
        reports.push(consent.state() === 'denied' ? { ...redactReport(report), consent: consent.statement() } : report);
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
        const { batch, body } = takeBatch(rest);
        navigator.sendBeacon(address, body);
        rest = rest.slice(batch.length);
        // A beacon has no response: stored reports are sent again by this page if it stays open, otherwise by the next.
        for (const report of batch) beaconed.add(report);
        if (consent.state() !== 'granted') remove(batch);
      }
    },
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
