import type { TagSettings } from '../event/pixel-settings.ts';
import { guarded } from './guarded.ts';

/** `window.uetq`: a plain array that keeps what it is told, until the tag takes its place. */
export interface UetQueue {
  /** The tag has come. */
  isLive(): boolean;
  /** What the tag throws on is lost to it alone. */
  push(...words: readonly unknown[]): void;
  /** What the page itself told the tag of consent, and not we; `undefined` where that is nothing new. */
  consentOfPage(): TagConsent | undefined;
  /** Tells the tag what it does not know yet. What rests on silence alone (`isGuess`) yields to what the page said. */
  tellConsent(isGranted: boolean, isGuess: boolean): void;
}

export interface TagConsent {
  readonly isGranted: boolean;
  /** An update, so the shopper chose; else the page's default. */
  readonly isChoice: boolean;
}

/** @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_consent (2026-06) */
interface UetTag {
  push(...words: readonly unknown[]): void;
  readonly uetConfig?: { readonly consent?: { enabled?: boolean; adStorageAllowed?: boolean; adStorageUpdated?: boolean } };
}

/** How long the tag waits for a choice before its first beacon says that there was none (an assumption: no page of Microsoft's has it). */
const waitForChoiceMs = 1_000;

/** The queue of the site's tag, else the usual one, which other tags of the page may use. */
export function uetQueue({ queue: name }: Pick<TagSettings, 'queue'> = { queue: 'uetq' }): UetQueue {
  const page: Record<string, UetTag | unknown[] | undefined> = Object(window);
  let told: TagConsent | undefined;

  const push = guarded((...words: readonly unknown[]) => {
    page[name] ??= [];
    page[name].push(...words);
  });

  const consent = (): TagConsent | undefined => {
    const queue = page[name];
    if (Array.isArray(queue)) return consentIn(queue.flat());
    const { enabled, adStorageAllowed, adStorageUpdated } = queue?.uetConfig?.consent ?? {};
    if (enabled) return { isGranted: !!adStorageAllowed, isChoice: !!adStorageUpdated };
    return told;
  };

  return {
    isLive: () => !!page[name] && !Array.isArray(page[name]),
    push,
    consentOfPage() {
      const known = consent();
      return known?.isGranted === told?.isGranted && (told?.isChoice || !known?.isChoice) ? undefined : known;
    },
    tellConsent(isGranted, isGuess) {
      const known = consent();
      if (known?.isGranted === isGranted || (known && isGuess && !told)) return;
      const waitMs = known || isGranted ? undefined : waitForChoiceMs;
      push('consent', known ? 'update' : 'default', {
        ad_storage: isGranted ? 'granted' : 'denied',
        ...(waitMs && { wait_for_update: waitMs }),
      });
      told = { isGranted, isChoice: !!known };
    },
  };
}

/** The array holds the words of a call one after another. */
function consentIn(words: readonly unknown[]): TagConsent | undefined {
  let last: TagConsent | undefined;
  words.forEach((word, at) => {
    const { ad_storage: adStorage } = Object(words[at + 2]);
    if (word === 'consent' && adStorage) last = { isGranted: adStorage === 'granted', isChoice: words[at + 1] === 'update' };
  });
  return last;
}
