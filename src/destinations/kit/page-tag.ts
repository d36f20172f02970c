import { normalizeEventName } from '../../event/event-names.ts';
import type { Connection, TagConfig } from '../../event/site.ts';

/** The signs of a browser tag in the HTML of a shop's page, and the settings that have to agree with them. */
export interface PageTag {
  /** The page of the documentation about the modes of the tag. */
  readonly guide: string;
  /** The tag's script, on any host, or the code that starts the tag. */
  readonly sign: RegExp;
  /** Matches each id in a script with `sign`, as its first group. Global. */
  readonly id: RegExp;
  /** Names of the settings that have the id. */
  readonly idSettings: { readonly tag: string; readonly connection: string };
  /** Absent: the tag waits until the pixel sets its consent. */
  readonly consentDefault?: {
    /** The code that sets the tag's consent before the tag starts. */
    readonly sign: RegExp;
    /** Returns the lines that do so, for the head of a page. */
    formatLines(config: TagConfig | undefined): string;
  };
  /** Returns whether the platform counts a page view twice, because the connection sends it besides the tag. */
  sendsPageViews(connection: Connection): boolean;
  /** The change of the connection that ends this: `pageLoads` to `never`. */
  readonly withoutPageViews: string;
}

/** Returns whether the connection's setting `events` includes page views, and the connection is enabled. */
export function includesPageViews({ enabled, settings: { events } }: Connection): boolean {
  return enabled && (!Array.isArray(events) || events.some((name) => normalizeEventName(String(name)) === 'PageView'));
}
