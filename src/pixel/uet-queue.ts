import type { TagSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './browser-report.ts';
import { swallowErrors } from './swallow-errors.ts';

/** `window.uetq`: a plain array that holds the calls, until the tag replaces it. */
export interface UetQueue {
  /** Whether the tag has replaced the array. */
  isLive(): boolean;
  /** Pushes a call. An error of the tag affects only the tag. */
  push(...args: readonly unknown[]): void;
  /** Returns a consent statement that the page itself sent to the tag; `undefined` if there is no new one. */
  readPageConsent(): ConsentStatement | undefined;
  /** Sends consent to the tag if it changed. A value without a choice (`isGuess`) does not override a statement of the page. */
  sendConsent(adStorage: NonNullable<ConsentStatement['adStorage']>, isGuess: boolean): void;
  /** Removes the events that the tag has not processed yet, because the shopper denied. */
  discard(): void;
}

/** @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_consent and hlp_ba_conc_uet_tcf (2026-06) */
interface UetTag {
  push(...args: readonly unknown[]): void;
  readonly uetConfig?: {
    readonly consent?: { enabled?: boolean; adStorageAllowed?: boolean; adStorageUpdated?: boolean };
    readonly tcf?: { enabled?: boolean };
  };
}

/** The time that the tag waits for a choice before its first beacon reports none. Microsoft does not document it (an assumption). */
const waitForChoiceMs = 1_000;

/** Creates the queue of the site's tag, or the default one, which other tags of the page may use. */
export function createUetQueue({ queue: name }: Pick<TagSettings, 'queue'> = { queue: 'uetq' }): UetQueue {
  const page: Record<string, UetTag | unknown[] | undefined> = Object(window);
  let sent: ConsentStatement | undefined;
  /** The arguments that were pushed for each event. */
  const events: unknown[] = [];

  const push = swallowErrors((...args: readonly unknown[]) => {
    page[name] ??= [];
    page[name].push(...args);
    if (args[0] === 'event') events.push(args[2]);
  });

  const known = (): ConsentStatement | undefined => {
    const queue = page[name];
    if (Array.isArray(queue)) return findConsent(queue.flat());
    const { enabled, adStorageAllowed, adStorageUpdated } = queue?.uetConfig?.consent ?? {};
    return enabled ? statement(adStorageAllowed, adStorageUpdated) : sent;
  };

  return {
    isLive: () => !!page[name] && !Array.isArray(page[name]),
    push,
    readPageConsent() {
      const now = known();
      return now?.adStorage === sent?.adStorage && (sent?.explicit || !now?.explicit) ? undefined : now;
    },
    sendConsent(adStorage, isGuess) {
      const queue = page[name];
      const now = known();
      // Microsoft forbids Consent Mode together with the TCF.
      if (Array.isArray(queue) ? queue.includes('tcf') : queue?.uetConfig?.tcf?.enabled) return;
      if (now?.adStorage === adStorage || (now && isGuess && !sent)) return;
      const waitMs = now || adStorage === 'granted' ? undefined : waitForChoiceMs;
      push('consent', now ? 'update' : 'default', { ad_storage: adStorage, ...(waitMs && { wait_for_update: waitMs }) });
      sent = { adStorage, explicit: !!now };
    },
    discard() {
      const queue = page[name];
      if (!Array.isArray(queue)) return;
      for (const event of events) if (queue.includes(event)) queue.splice(queue.indexOf(event) - 2, 3);
    },
  };
}

function statement(isGranted?: boolean, explicit = false): ConsentStatement {
  return { source: 'uet', adStorage: isGranted ? 'granted' : 'denied', explicit };
}

/** Returns the consent in a flat array, which holds the arguments of all calls in a row. */
function findConsent(args: readonly unknown[]): ConsentStatement | undefined {
  let last: ConsentStatement | undefined;
  args.forEach((word, at) => {
    const { ad_storage: adStorage } = Object(args[at + 2]);
    if (word === 'consent' && adStorage) last = statement(adStorage === 'granted', args[at + 1] === 'update');
  });
  return last;
}
