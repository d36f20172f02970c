import type { TagSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './browser-report.ts';
import { swallowErrors } from './swallow-errors.ts';

/** `window.uetq`: a plain array that keeps what it is told, until the tag takes its place. */
export interface UetQueue {
  /** The tag has come. */
  isLive(): boolean;
  /** What the tag throws on is lost to it alone. */
  push(...words: readonly unknown[]): void;
  /** What the page itself told the tag of consent, and not we; `undefined` where that is nothing new. */
  consentOfPage(): ConsentStatement | undefined;
  /** Tells the tag what it does not know yet. What rests on silence alone (`isGuess`) yields to what the page said. */
  tellConsent(adStorage: NonNullable<ConsentStatement['adStorage']>, isGuess: boolean): void;
  /** Takes the events that the tag did not come for yet out of the queue: the shopper denied. */
  takeBack(): void;
}

/** @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_consent and hlp_ba_conc_uet_tcf (2026-06) */
interface UetTag {
  push(...words: readonly unknown[]): void;
  readonly uetConfig?: {
    readonly consent?: { enabled?: boolean; adStorageAllowed?: boolean; adStorageUpdated?: boolean };
    readonly tcf?: { enabled?: boolean };
  };
}

/** How long the tag waits for a choice before its first beacon says that there was none (an assumption: no page of Microsoft's has it). */
const waitForChoiceMs = 1_000;

/** The queue of the site's tag, else the usual one, which other tags of the page may use. */
export function createUetQueue({ queue: name }: Pick<TagSettings, 'queue'> = { queue: 'uetq' }): UetQueue {
  const page: Record<string, UetTag | unknown[] | undefined> = Object(window);
  let told: ConsentStatement | undefined;
  /** What was pushed with each event. */
  const events: unknown[] = [];

  const push = swallowErrors((...words: readonly unknown[]) => {
    page[name] ??= [];
    page[name].push(...words);
    if (words[0] === 'event') events.push(words[2]);
  });

  const known = (): ConsentStatement | undefined => {
    const queue = page[name];
    if (Array.isArray(queue)) return consentIn(queue.flat());
    const { enabled, adStorageAllowed, adStorageUpdated } = queue?.uetConfig?.consent ?? {};
    return enabled ? statement(adStorageAllowed, adStorageUpdated) : told;
  };

  return {
    isLive: () => !!page[name] && !Array.isArray(page[name]),
    push,
    consentOfPage() {
      const now = known();
      return now?.adStorage === told?.adStorage && (told?.explicit || !now?.explicit) ? undefined : now;
    },
    tellConsent(adStorage, isGuess) {
      const queue = page[name];
      const now = known();
      // Microsoft: never Consent Mode and the TCF together.
      if (Array.isArray(queue) ? queue.includes('tcf') : queue?.uetConfig?.tcf?.enabled) return;
      if (now?.adStorage === adStorage || (now && isGuess && !told)) return;
      const waitMs = now || adStorage === 'granted' ? undefined : waitForChoiceMs;
      push('consent', now ? 'update' : 'default', { ad_storage: adStorage, ...(waitMs && { wait_for_update: waitMs }) });
      told = { adStorage, explicit: !!now };
    },
    takeBack() {
      const queue = page[name];
      if (!Array.isArray(queue)) return;
      for (const event of events) if (queue.includes(event)) queue.splice(queue.indexOf(event) - 2, 3);
    },
  };
}

function statement(isGranted?: boolean, explicit = false): ConsentStatement {
  return { source: 'uet', adStorage: isGranted ? 'granted' : 'denied', explicit };
}

/** The array holds the words of a call one after another. */
function consentIn(words: readonly unknown[]): ConsentStatement | undefined {
  let last: ConsentStatement | undefined;
  words.forEach((word, at) => {
    const { ad_storage: adStorage } = Object(words[at + 2]);
    if (word === 'consent' && adStorage) last = statement(adStorage === 'granted', words[at + 1] === 'update');
  });
  return last;
}
