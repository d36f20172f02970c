import type { BrowserTagState } from '../event/event.ts';
import type { Report } from './browser-report.ts';
import type { ConsentStatement } from './commands.ts';
import type { ConsentManager } from './consent.ts';
import type { VisitorIds } from './outbox.ts';

/** The pixel, as far as the driver of a browser tag uses it. */
export interface PixelContext {
  readonly consent: ConsentManager;
  /** The nonce of the pixel's own script, for a page whose content security policy requires one. */
  readonly nonce: string;
}

/** The driver of a platform's browser tag: it reports the page's events to the tag, under the names and ids of the server's reports. */
export interface BrowserTag {
  /** Starts sending to the tag. Called after the page's queued calls are processed. */
  open(): void;
  /**
   * Reports an event or a signal to the tag, and reads the current consent. Calls `settle` once: at once, or for a page view as soon as the
   * driver knows whether the tag counts the view. The pixel sends the report after every driver has settled it.
   */
  report(report: Report, settle: (state?: BrowserTagState) => void): void;
  /** Settles all page views, because the page may end. */
  leave(): void;
  /** Receives the visitor's ids from the collector's response. */
  setVisitor?(ids: VisitorIds): void;
  /** Forgets the visitor's ids, because the shop reset the visitor. */
  forgetVisitor?(): void;
  /** Returns a consent statement that the page itself sent to the tag; `undefined` if there is no new one. */
  readConsent?(): ConsentStatement | undefined;
}

/** Creates the driver with the public settings that its destination made for the site. Each driver's script has one, `createDriver`. */
export type CreateDriver<Settings = never> = (settings: Settings, pixel: PixelContext) => BrowserTag;
