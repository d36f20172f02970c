import type { StatedConsent } from './consent.ts';

/** What the collector writes into the pixel for one site. Public: every shopper can read it. */
export interface PixelSettings {
  readonly writeKey: string;
  /** What silence about consent counts as for this shopper, by the site's policy and where they are. */
  readonly silence: Exclude<StatedConsent, 'unknown'>;
  /** Names and aliases of a purchase, in lower case: its id is made of the order's. */
  readonly purchase: readonly string[];
  /** Names and aliases, in lower case, of the events that are sent at once. */
  readonly urgent: readonly string[];
  /** Cookies of the page that a platform wrote and that the collector may not see itself. */
  readonly cookies: readonly string[];
  /** Parameters of a page's address that hold click ids, in lower case. */
  readonly clicks: readonly string[];
  /** The site's UET tag; absent where the mode is `off`. */
  readonly uet?: {
    readonly mode: 'attach' | 'load';
    readonly tagId: string;
    readonly script: string;
    /** What the tag calls an event, by canonical name, or by a custom name in lower case; others keep their names. */
    readonly eventNames: Readonly<Record<string, string>>;
  };
}
