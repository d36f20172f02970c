import { randomBytes } from 'node:crypto';
import { maxSeenEvents, maxSeenKeys, type SeenEvent } from '../../event/seen-event.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';

/** A token is used once, by the page that an account opens. It becomes the session of that tab. */
const tokenMs = 30 * minuteMs;
const sessionMs = hourMs;
/** The most tokens and sessions of a site. The oldest ends. */
const maxCredentials = 10;

interface Credential {
  readonly text: string;
  readonly endsAt: UnixMs;
  readonly isToken: boolean;
}

interface SiteSessions {
  credentials: readonly Credential[];
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
    const { text, endsAt } = this.#add(site, true);
    return { token: text, endsAt };
  }

  /** Takes in the events of a page, and returns its session. Undefined: the token or the session has ended, or was never open. */
  take(site: string, text: string, events: readonly SeenEvent[]): string | undefined {
    const found = this.#find(site);
    const credential = found?.credentials.find((one) => one.text === text);
    if (!found || !credential) return undefined;
    for (const { name, keys } of events) {
      const before = found.seen.get(name)?.keys ?? [];
      found.seen.delete(name);
      found.seen.set(name, { keys: [...new Set([...before, ...keys])].slice(0, maxSeenKeys), lastAt: this.#now() });
    }
    for (const name of [...found.seen.keys()].slice(0, -maxSeenEvents)) found.seen.delete(name);
    if (!credential.isToken) return text;
    found.credentials = found.credentials.filter((one) => one !== credential);
    return this.#add(site, false).text;
  }

  /** Lists the events of the last hour, the newest first, and when the last token or session ends. */
  list(site: string): { readonly endsAt?: UnixMs; readonly events: readonly (SeenEvent & { readonly lastAt: UnixMs })[] } {
    const found = this.#find(site);
    const endsAt = Math.max(0, ...(found?.credentials ?? []).map((one) => one.endsAt));
    return {
      ...(endsAt > 0 && { endsAt }),
      events: [...(found?.seen ?? [])].map(([name, event]) => ({ name, ...event })).toReversed(),
    };
  }

  #add(site: string, isToken: boolean): Credential {
    const found = this.#find(site) ?? { credentials: [], seen: new Map() };
    const endsAt = this.#now() + (isToken ? tokenMs : sessionMs);
    const added = { text: randomBytes(24).toString('base64url'), endsAt, isToken };
    found.credentials = [...found.credentials, added].slice(-maxCredentials);
    this.#sites.set(site, found);
    return added;
  }

  /** Returns what is open for a site. Forgets what has ended. */
  #find(site: string): SiteSessions | undefined {
    const found = this.#sites.get(site);
    if (!found) return undefined;
    const now = this.#now();
    found.credentials = found.credentials.filter(({ endsAt }) => endsAt > now);
    for (const [name, { lastAt }] of found.seen) if (lastAt <= now - hourMs) found.seen.delete(name);
    if (found.credentials.length + found.seen.size > 0) return found;
    this.#sites.delete(site);
    return undefined;
  }
}
