import type { Clock } from '../../clock/clock.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { HookReport } from '../../ingest/webhooks/webhook-route.ts';

/** The last request of a hook, as this process received it. */
export interface HookRequest {
  readonly at: UnixMs;
  readonly result: 'accepted' | 'repeated' | 'ignored' | 'rejected';
  /** Why it was ignored or rejected. Never holds a value of the request. */
  readonly reason?: string;
}

/** The state of a hook, in memory only. */
export interface HookState {
  readonly lastRequest?: HookRequest;
  readonly lastRefusedAt?: UnixMs;
}

interface Entry {
  lastRequest?: HookRequest;
  watchedUntil?: UnixMs;
  body?: { readonly text: string; readonly at: UnixMs };
}

/** More hooks than a gateway has. Beyond them, the one that was used longest ago is forgotten. */
const maxHooks = 500;
/** Bodies are kept for so many hooks at a time. */
const maxBodies = 20;
const watchMs = 15 * minuteMs;
const keepMs = hourMs;

/**
 * Remembers the last request of each hook. A body has data of persons, so it is kept only while an operator maps the hook: from when they ask
 * for it, for 15 minutes after they last did, and never for more than an hour. It is never logged or written to disk.
 */
export class HookRequests {
  readonly #now: () => UnixMs;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #entries = new Map<string, Entry>();
  #cancel: (() => void) | undefined;

  constructor(now: () => UnixMs, clock: Pick<Clock, 'after'>) {
    this.#now = now;
    this.#clock = clock;
  }

  note(site: string, hook: string, { body, ...request }: HookReport): void {
    const entry = this.#find(site, hook);
    const at = this.#now();
    entry.lastRequest = { ...request, at };
    if (body === undefined || (entry.watchedUntil ?? 0) < at) return;
    entry.body = { text: body, at };
    this.#expire();
  }

  getLast(site: string, hook: string): HookRequest | undefined {
    return this.#entries.get(toKey(site, hook))?.lastRequest;
  }

  /** Keeps the bodies of a hook from now on for 15 minutes, and returns the last one. */
  watch(site: string, hook: string): { readonly text: string; readonly at: UnixMs } | undefined {
    const entry = this.#find(site, hook);
    entry.watchedUntil = this.#now() + watchMs;
    this.#expire();
    return entry.body;
  }

  /** Stops the timer that removes bodies. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Removes bodies that are an hour old, that no operator asks for any more, or beyond the newest 20. */
  #expire(): void {
    const now = this.#now();
    const kept = [...this.#entries.values()].filter(({ body }) => body !== undefined);
    const newest = kept.toSorted((one, other) => (other.body?.at ?? 0) - (one.body?.at ?? 0));
    for (const [index, entry] of newest.entries()) {
      const isOver = now - (entry.body?.at ?? 0) >= keepMs || (entry.watchedUntil ?? 0) < now;
      if (isOver || index >= maxBodies) delete entry.body;
    }
    this.close();
    if (newest.some(({ body }) => body !== undefined)) this.#cancel = this.#clock.after(minuteMs, () => this.#expire());
  }

  #find(site: string, hook: string): Entry {
    const key = toKey(site, hook);
    const entry = this.#entries.get(key) ?? {};
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxHooks && oldest !== undefined) this.#entries.delete(oldest);
    return entry;
  }
}

function toKey(site: string, hook: string): string {
  return `${site}/${hook}`;
}
