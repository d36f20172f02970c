import type { SeenEvent } from '../../event/seen-event.ts';
import type { UnixMs } from '../../event/units.ts';

/** The tokens that open a session of a page, and the events of these pages. They are forgotten once they end, events after an hour. */
export interface PageSessionStore {
  /** Adds a token. The oldest of the site end. @param token its hash */
  addPageSession(session: { readonly site: string; readonly token: string; readonly endsAt: UnixMs }, now: UnixMs): Promise<void>;
  /**
   * Returns whether the session of a tab is open. The first tab of a token gets it, until `endsAt`. @param tab the hash of the tab's secret
   */
  usePageSession(session: PageTab, now: UnixMs): Promise<boolean>;
  /** Lists the sites with tokens or sessions, and when their last one ends. */
  listPageSessions(now: UnixMs): Promise<readonly { readonly site: string; readonly endsAt: UnixMs }[]>;
  putSeenEvents(site: string, events: readonly SeenEvent[], now: UnixMs): Promise<void>;
  /** Lists the events, the newest first. */
  listSeenEvents(site: string, now: UnixMs): Promise<readonly SeenEventRow[]>;
}

export interface PageTab {
  readonly site: string;
  readonly token: string;
  readonly tab: string;
  readonly endsAt: UnixMs;
}

export type SeenEventRow = SeenEvent & { readonly lastAt: UnixMs };

/** The most tokens and sessions of a site. The oldest ends. */
export const maxPageSessions = 10;
