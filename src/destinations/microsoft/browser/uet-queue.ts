import type { ConsentStatement } from '../../../pixel/commands.ts';
import { swallowErrors } from '../../../pixel/swallow-errors.ts';
import { readUetConsent, type UetTag } from '../../../pixel/uet-consent.ts';

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

/** The time that the tag waits for a choice before its first beacon reports none. Microsoft does not document it (an assumption). */
const waitForChoiceMs = 1_000;

/** Creates the queue of the site's tag. @param name the page's variable. */
export function createUetQueue(name: string): UetQueue {
  const page: Record<string, UetTag | unknown[] | undefined> = Object(window);
  let sent: ConsentStatement | undefined;
  /** The arguments that were pushed for each event. */
  const events: unknown[] = [];

  const push = swallowErrors((...args: readonly unknown[]) => {
    page[name] ??= [];
    page[name].push(...args);
    if (args[0] === 'event') events.push(args[2]);
  });

  const isLive = () => !!page[name] && !Array.isArray(page[name]);
  const known = (): ConsentStatement | undefined => readUetConsent(page[name]) ?? (Array.isArray(page[name]) ? undefined : sent);

  return {
    isLive,
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
