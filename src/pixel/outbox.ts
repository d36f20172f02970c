import type { PixelSettings } from '../event/pixel-settings.ts';
import { newId, newVisitorId, type Report, redactReport, toStoredReport } from './browser-report.ts';
import type { ConsentManager } from './consent.ts';
import type { VisitorIds } from './id-sync.ts';
import { swallowErrors } from './swallow-errors.ts';

/** Reports on their way to the collector. */
export interface Outbox {
  /** Takes a report; it goes within 2 s, or at once where it is urgent. */
  add(report: Report, urgent?: boolean): void;
  /** The page may be going away: tells the rest without waiting for answers. `forGood` also tells what waited for consent. */
  leave(forGood: boolean): void;
  /** The browser is online again: what failed need not wait. */
  retryNow(): void;
}

const keyPrefix = '_cv.';
const batchDelayMs = 2_000;
const batchReports = 10;
/** Two batches fit into the 64 KiB that a browser keeps in flight for all pages of a site. */
const batchBytes = 30_000;
const inFlightBytes = 60_000;
const maxReports = 50;
const maxStoredCharacters = 48_000;
const maxStoredAgeMs = 86_400_000;
const answerTimeoutMs = 10_000;
const minBackoffMs = 1_000;
const maxBackoffMs = 300_000;

/** Its answer changes the cookies, and no answer to an earlier request may change them back: it waits until nothing is in flight. */
function isTurn({ type, consent }: Report): boolean {
  return type === 'reset' || (type === 'consent' && consent !== undefined);
}

/**
 * Bounded in number, bytes and age. While consent is granted it is mirrored to `localStorage`, under a key of the page's own
 * and without anything about the person, and the next page takes over what was not acknowledged: a page that ends or a
 * collector that is away loses nothing. Telling twice is harmless, as ids stay.
 */
export function createOutbox(
  settings: PixelSettings,
  address: URL,
  consent: ConsentManager,
  heard: (who: VisitorIds) => unknown,
): Outbox {
  const key = keyPrefix + newId();
  const reports: Report[] = [];
  const flying = new Set<Report>();
  /** By a beacon, which has no answer. */
  const told = new WeakSet<Report>();
  let flyingBytes = 0;
  /** Nothing else goes until what is in flight is answered. */
  let isAlone = false;
  let requests = 0;
  /** As the collector calls this browser; its cookie, where there is one, counts before what is said here. */
  let visitor: string | undefined;
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes the mirrors of all pages away. */
  const takeMirrors = () =>
    Object.keys(localStorage)
      .filter((name) => name.startsWith(keyPrefix))
      .map((name) => {
        const text = localStorage.getItem(name) ?? '';
        localStorage.removeItem(name);
        return text;
      });

  const save = swallowErrors(() => {
    if (consent.state() === 'denied') takeMirrors();
    if (consent.state() !== 'granted') return;
    const queue = reports.map((report) => toStoredReport(report, settings.clicks));
    const text = () => JSON.stringify({ visitor, queue });
    while (text().length > maxStoredCharacters) queue.shift();
    localStorage.setItem(key, text());
  });

  /** By the consent as it stands: what earlier pages left, and who this is, or nothing of either. */
  function settle(): void {
    if (consent.state() === 'denied') visitor = undefined;
    if (consent.state() !== 'granted' || visitor) return;
    swallowErrors(takeMirrors)()?.forEach(
      swallowErrors((text) => {
        const mirror = JSON.parse(text);
        visitor ??= mirror.visitor;
        reports.unshift(...mirror.queue.filter(({ time }: Report) => time > Date.now() - maxStoredAgeMs));
      }),
    );
    // Made here, so that a shopper who goes on before the first answer is the same on the next page.
    visitor ??= newVisitorId();
  }

  function remove(sent: readonly Report[]): void {
    for (const report of sent) {
      const index = reports.indexOf(report);
      if (index >= 0) reports.splice(index, 1);
    }
    save();
  }

  /** The report as it leaves, with the consent as it stands now. */
  function dressed(report: Report): object {
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

  /** The first of these that fit into one request. */
  function packed(rest: readonly Report[]) {
    const turn = rest.findIndex((report, index) => index > 0 && isTurn(report));
    const batch = rest.slice(0, turn < 0 ? batchReports : Math.min(turn, batchReports));
    const part = (isEvent: boolean) => batch.filter(({ type }) => !type === isEvent).map(dressed);
    for (;;) {
      const body = JSON.stringify({ writeKey: settings.writeKey, sentAt: Date.now(), events: part(true), signals: part(false) });
      const bytes = new Blob([body]).size;
      if (bytes <= batchBytes || batch.length < 2) return { batch, body, bytes };
      batch.length >>= 1;
    }
  }

  const flush = swallowErrors((): void => {
    clearTimeout(timer);
    timer = undefined;
    for (;;) {
      const rest = reports.filter((report) => !flying.has(report));
      const [first] = rest;
      if (!first || isAlone || consent.state() === 'waiting' || (flyingBytes && isTurn(first))) return;
      const waitMs = notBefore - Date.now();
      if (waitMs > 0) {
        timer = setTimeout(flush, waitMs);
        return;
      }
      const { batch, body, bytes } = packed(rest);
      if (flyingBytes && flyingBytes + bytes > inFlightBytes) return;
      // What a signal tells, and how the shopper arrived, is in the cookies of the answer, and what comes after needs them.
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
        signal: AbortSignal.timeout?.(answerTimeoutMs),
      });
      const { status } = response;
      askedMs = Number(response.headers.get('retry-after')) * 1_000 || 0;
      isOver = status < 500 && ![408, 429].includes(status);
      if (response.ok) {
        const who = await response.json();
        visitor = who.visitorId ?? visitor;
        if (!__CORE_ONLY__ || __SHOPIFY__) heard(who);
      }
    } catch {} // offline, blocked or cut off: it goes again
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
      // The first one holds how the shopper arrived.
      while (reports.length >= maxReports) reports.splice(1, 1);
      reports.push(consent.state() === 'denied' ? { ...redactReport(report), consent: consent.statement() } : report);
      save();
      if (urgent || reports.length - flying.size >= batchReports) flush();
      else timer ??= setTimeout(flush, batchDelayMs);
    },
    leave(forGood) {
      if (!forGood && consent.state() === 'waiting') return;
      // A reset in flight goes again with what comes after it, which would be the old visitor's otherwise.
      let rest = reports.filter((report) => !(flying.has(report) || told.has(report)) || report.type === 'reset');
      while (rest.length > 0) {
        const { batch, body } = packed(rest);
        navigator.sendBeacon(address, body);
        rest = rest.slice(batch.length);
        // Nobody hears whether a beacon arrived: what may be kept is told again, by this page if it lives on, else by the next.
        for (const report of batch) told.add(report);
        if (consent.state() !== 'granted') remove(batch);
      }
    },
    retryNow() {
      notBefore = 0;
      flush();
    },
  };
}

/** The platforms' own cookies that this page can read; a sandboxed page has none. */
const platformCookies = swallowErrors((names: readonly string[]) =>
  Object.fromEntries(
    document.cookie
      .split('; ')
      .map((pair) => pair.split(/=(.*)/s))
      .filter(([name = '']) => names.includes(name)),
  ),
);
