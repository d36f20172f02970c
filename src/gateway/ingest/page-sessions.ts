import { randomBytes } from 'node:crypto';
import { maxSeenEvents, maxSeenKeys, type SeenEvent } from '../../event/seen-event.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { maxPageSessions, type SeenEventRow } from '../../storage/ports/page-sessions.ts';

/** A token is used by one tab, which adds a secret of its own: a response that is lost does not end the session. */
export const tokenMs = 30 * minuteMs;
export const sessionMs = hourMs;

/** The pages that an account looks at. */
export interface PageSessions {
  /** Makes the token that opens a page's session. */
  open(site: string): Promise<{ readonly token: string; readonly endsAt: UnixMs }>;
  /** Takes in the events of a page. Returns whether its session is open. @param credential the token, a dot, and the secret of the tab */
  take(site: string, credential: string, events: readonly SeenEvent[]): Promise<boolean>;
  /** Lists the events of the last hour, the newest first, and when the last token or session ends. */
  list(site: string): Promise<{ readonly endsAt?: UnixMs; readonly events: readonly SeenEventRow[] }>;
  /** Returns whether a token or a session of the site is open. */
  isOpen(site: string): boolean;
}

/** When the last token or session of each site ends. */
export type OpenPages = ReadonlyMap<string, UnixMs>;

interface Session {
  readonly token: string;
  /** The secret of the tab that used the token. Absent: none did. */
  tab?: string;
  endsAt: UnixMs;
}

interface SiteSessions {
  open: readonly Session[];
  readonly seen: Map<string, { readonly keys: readonly string[]; readonly lastAt: UnixMs }>;
}

export const newPageToken = (): string => randomBytes(24).toString('base64url');

/** The pages that an account looks at through the only process on the store. All is in memory, for an hour. */
export class OwnPageSessions implements PageSessions {
  readonly #sites = new Map<string, SiteSessions>();
  readonly #now: () => UnixMs;
  #follow: (open: OpenPages) => void = () => {};

  constructor(now: () => UnixMs) {
    this.#now = now;
  }

  /** Calls a function whenever a token or a session is added. */
  follow(take: (open: OpenPages) => void): void {
    this.#follow = take;
  }

  async open(site: string): ReturnType<PageSessions['open']> {
    const found = this.#find(site) ?? { open: [], seen: new Map() };
    const added = { token: newPageToken(), endsAt: this.#now() + tokenMs };
    found.open = [...found.open, added].slice(-maxPageSessions);
    this.#sites.set(site, found);
    this.#report();
    return { ...added };
  }

  async take(site: string, credential: string, events: readonly SeenEvent[]): Promise<boolean> {
    const [token, tab = ''] = credential.split('.');
    const found = this.#find(site);
    const session = found?.open.find((one) => one.token === token);
    if (!found || !session || tab === '' || (session.tab !== undefined && session.tab !== tab)) return false;
    if (session.tab === undefined) {
      Object.assign(session, { tab, endsAt: this.#now() + sessionMs });
      this.#report();
    }
    for (const { name, keys } of events) {
      const before = found.seen.get(name)?.keys ?? [];
      found.seen.delete(name);
      found.seen.set(name, { keys: [...new Set([...before, ...keys])].slice(0, maxSeenKeys), lastAt: this.#now() });
    }
    for (const name of [...found.seen.keys()].slice(0, -maxSeenEvents)) found.seen.delete(name);
    return true;
  }

  async list(site: string): ReturnType<PageSessions['list']> {
    const endsAt = this.#getEnd(site);
    return {
      ...(endsAt > 0 && { endsAt }),
      events: [...(this.#find(site)?.seen ?? [])].map(([name, event]) => ({ name, ...event })).toReversed(),
    };
  }

  isOpen(site: string): boolean {
    return this.#getEnd(site) > 0;
  }

  #getEnd(site: string): UnixMs {
    return Math.max(0, ...(this.#find(site)?.open ?? []).map(({ endsAt }) => endsAt));
  }

  #report(): void {
    this.#follow(new Map([...this.#sites.keys()].map((site) => [site, this.#getEnd(site)])));
  }

  /** Returns what is open for a site. Forgets what has ended. */
  #find(site: string): SiteSessions | undefined {
    const found = this.#sites.get(site);
    if (!found) return undefined;
    const now = this.#now();
    found.open = found.open.filter(({ endsAt }) => endsAt > now);
    for (const [name, { lastAt }] of found.seen) if (lastAt <= now - hourMs) found.seen.delete(name);
    if (found.open.length + found.seen.size > 0) return found;
    this.#sites.delete(site);
    return undefined;
  }
}
