import { randomBytes } from 'node:crypto';
import { maxSeenEvents, maxSeenKeys, type SeenEvent } from '../../event/seen-event.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';

/** A token is used by one tab, which adds a secret of its own: a response that is lost does not end the session. */
const tokenMs = 30 * minuteMs;
const sessionMs = hourMs;
/** The most tokens and sessions of a site. The oldest ends. */
const maxSessions = 10;

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

/** The pages whose events an account looks at. All is in the memory of this process, for an hour. */
export class PageSessions {
  readonly #sites = new Map<string, SiteSessions>();
  readonly #now: () => UnixMs;

  constructor(now: () => UnixMs) {
    this.#now = now;
  }

  /** Makes the token that opens a page's session. */
  open(site: string): { readonly token: string; readonly endsAt: UnixMs } {
    const found = this.#find(site) ?? { open: [], seen: new Map() };
    const added = { token: randomBytes(24).toString('base64url'), endsAt: this.#now() + tokenMs };
    found.open = [...found.open, added].slice(-maxSessions);
    this.#sites.set(site, found);
    return { ...added };
  }

  /**
   * Takes in the events of a page. Returns whether its session is open. @param credential the token, a dot, and the secret of the tab.
   */
  take(site: string, credential: string, events: readonly SeenEvent[]): boolean {
    const [token, tab = ''] = credential.split('.');
    const found = this.#find(site);
    const session = found?.open.find((one) => one.token === token);
    if (!found || !session || tab === '' || (session.tab !== undefined && session.tab !== tab)) return false;
    if (session.tab === undefined) Object.assign(session, { tab, endsAt: this.#now() + sessionMs });
    for (const { name, keys } of events) {
      const before = found.seen.get(name)?.keys ?? [];
      found.seen.delete(name);
      found.seen.set(name, { keys: [...new Set([...before, ...keys])].slice(0, maxSeenKeys), lastAt: this.#now() });
    }
    for (const name of [...found.seen.keys()].slice(0, -maxSeenEvents)) found.seen.delete(name);
    return true;
  }

  /** Lists the events of the last hour, the newest first, and when the last token or session ends. */
  list(site: string): { readonly endsAt?: UnixMs; readonly events: readonly (SeenEvent & { readonly lastAt: UnixMs })[] } {
    const found = this.#find(site);
    const endsAt = Math.max(0, ...(found?.open ?? []).map((one) => one.endsAt));
    return {
      ...(endsAt > 0 && { endsAt }),
      events: [...(found?.seen ?? [])].map(([name, event]) => ({ name, ...event })).toReversed(),
    };
  }

  /** Returns whether a token or a session of the site is open. */
  isOpen(site: string): boolean {
    return (this.#find(site)?.open ?? []).length > 0;
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
