import type { PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentKeeper } from './consent.ts';
import { guarded } from './guarded.ts';
import { newVisitorId, type Report, stripped } from './report.ts';

/** Reports on their way to the collector. */
export interface Outbox {
  /** Takes a report; it goes within 2 s, or at once where it is urgent. */
  add(report: Report, urgent?: boolean): void;
  /** Sends what may be sent now. */
  flush(): void;
  /** The page may be going away: sends the rest without waiting for answers. `forGood` also sends what waited for consent. */
  leave(forGood: boolean): void;
  /** The shopper's consent changed. */
  consentChanged(): void;
  /** The browser is online again: nothing need wait for its next attempt. */
  retryNow(): void;
}

const storageKey = '_cv';
const batchDelayMs = 2_000;
const batchReports = 10;
/** Two batches fit into the 64 KiB that a browser keeps in flight for all pages of a site. */
const batchBytes = 30_000;
const inFlightBytes = 60_000;
const maxReports = 50;
const maxStoredCharacters = 48_000;
const maxStoredAgeMs = 86_400_000;
const answerTimeoutMs = 10_000;
const maxBackoffMs = 300_000;
/** Anything that may be an e-mail address, raw or as a URL writes it. */
const emailLike = /[^\s"'<>=&?/:,;]+(@|%40)[^\s"'<>=&?/:,;]+/gi;

/**
 * Bounded in number, bytes and age. It is mirrored to `localStorage` while consent is granted, without anything about the
 * person, so that a page that ends or a collector that is down loses nothing; sending twice is harmless, as ids stay.
 */
export function outbox(settings: PixelSettings, address: string, consent: ConsentKeeper): Outbox {
  const reports: Report[] = [];
  const flying = new Set<Report>();
  let flyingBytes = 0;
  /** As the collector calls this browser; its cookie, where there is one, counts before what is said here. */
  let visitor: string | undefined;
  let isRestored = false;
  let failures = 0;
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const remove = (sent: readonly Report[]) => {
    for (const report of sent) {
      const index = reports.indexOf(report);
      if (index >= 0) reports.splice(index, 1);
    }
    save();
  };

  function save(): void {
    try {
      if (consent.state() === 'denied') localStorage.removeItem(storageKey);
      if (consent.state() === 'granted') {
        const queue = reports.map((report) => ({ ...report, user: undefined, properties: undefined }));
        const text = () => JSON.stringify({ visitor, queue }).replace(emailLike, '');
        while (text().length > maxStoredCharacters) queue.shift();
        localStorage.setItem(storageKey, text());
      }
    } catch {} // no storage here: memory has to do
  }

  function restore(): void {
    if (isRestored || consent.state() !== 'granted') return;
    isRestored = true;
    try {
      const stored = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
      visitor = stored.visitor;
      reports.unshift(...stored.queue.filter(({ time }: Report) => time > Date.now() - maxStoredAgeMs));
    } catch {}
    // Made here, so that a shopper who goes on before the first answer is the same on the next page.
    visitor ??= newVisitorId();
  }

  /** The report as it leaves, with the consent as it stands now. */
  function dressed(report: Report): object {
    if (report.consent) return report;
    const statement = { consent: consent.statement() };
    if (consent.state() !== 'granted') return { ...stripped(report), ...statement };
    return {
      ...report,
      user: { anonymousId: visitor, ...report.user },
      cookies: platformCookies(settings.cookies),
      ...statement,
    };
  }

  /** The next batch that fits, oldest first. */
  function nextBatch() {
    const batch = reports.filter((report) => !flying.has(report)).slice(0, batchReports);
    for (;;) {
      const [events, signals] = [batch.filter(({ type }) => !type), batch.filter(({ type }) => type)].map((part) =>
        part.map(dressed),
      );
      const body = JSON.stringify({ writeKey: settings.writeKey, sentAt: Date.now(), events, signals });
      const bytes = new Blob([body]).size;
      if (bytes <= batchBytes || batch.length < 2) return { batch, body, bytes };
      batch.length >>= 1;
    }
  }

  const flush = guarded((): void => {
    clearTimeout(timer);
    timer = undefined;
    // After a reset the collector names a new visitor, and until then nothing else may go: it would be the old one's.
    while (reports.length > flying.size && consent.state() !== 'waiting' && !(flyingBytes && !visitor)) {
      const waitMs = notBefore - Date.now();
      if (waitMs > 0) {
        timer = setTimeout(flush, waitMs);
        return;
      }
      const { batch, body, bytes } = nextBatch();
      if (flyingBytes && flyingBytes + bytes > inFlightBytes) return;
      if (batch.some(({ type }) => type === 'reset')) visitor = undefined;
      void send(batch, body, bytes);
    }
  });

  async function send(batch: readonly Report[], body: string, bytes: number): Promise<void> {
    for (const report of batch) flying.add(report);
    flyingBytes += bytes;
    let retryAfter: string | null | undefined;
    let isOver = false;
    try {
      const response = await fetch(address, {
        method: 'POST',
        body,
        keepalive: bytes < inFlightBytes,
        credentials: origin === 'null' ? 'omit' : 'include',
        signal: AbortSignal.timeout?.(answerTimeoutMs) ?? null,
      });
      const { status } = response;
      retryAfter = response.headers.get('retry-after');
      isOver = status < 500 && status !== 408 && status !== 429;
      if (response.ok) visitor = (await response.json()).visitorId ?? undefined;
    } catch {} // offline, blocked or cut off: it goes again
    for (const report of batch) flying.delete(report);
    flyingBytes -= bytes;
    if (isOver) {
      failures = 0;
      remove(batch);
    } else {
      const backoffMs = Math.min(1_000 * 2 ** failures++, maxBackoffMs) * (1 + Math.random());
      notBefore = Date.now() + Math.min(Number(retryAfter) * 1_000 || backoffMs, maxStoredAgeMs);
    }
    flush();
  }

  return {
    add(report, urgent) {
      restore();
      // The first one holds how the shopper arrived.
      if (reports.length >= maxReports) reports.splice(1, 1);
      reports.push(consent.state() === 'denied' ? { ...stripped(report), consent: consent.statement() } : report);
      save();
      if (urgent || reports.length >= batchReports) flush();
      else timer ??= setTimeout(flush, batchDelayMs);
    },
    flush,
    leave(forGood) {
      if (!forGood && consent.state() === 'waiting') return;
      for (let rest = reports.length; rest > flying.size; ) {
        const { batch, body } = nextBatch();
        if (!navigator.sendBeacon(address, body)) return;
        // A beacon tells nothing. After a failure, or offline, what is stored is kept for the next page.
        if (consent.state() === 'granted' && (failures || !navigator.onLine)) return;
        remove(batch);
        rest = reports.length;
      }
    },
    consentChanged() {
      if (consent.state() === 'denied') visitor = undefined;
      flush();
      save();
    },
    retryNow() {
      notBefore = 0;
      flush();
    },
  };
}

/** The platforms' own cookies that this page can read. */
function platformCookies(names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  try {
    for (const pair of document.cookie.split('; ')) {
      const [name = '', ...value] = pair.split('=');
      if (names.includes(name)) found[name] = value.join('=');
    }
  } catch {} // a sandboxed page has none
  return found;
}
