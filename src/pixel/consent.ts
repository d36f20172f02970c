import type { PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './browser-report.ts';

/** `waiting`: nobody said, and the policy counts that as denied; what happens stays in memory. */
export type ConsentState = 'granted' | 'denied' | 'waiting';

/** What the page knows of the shopper's consent. */
export interface ConsentManager {
  state(): ConsentState;
  /** What goes along with every event. */
  statement(): ConsentStatement;
  /** Takes a statement; answers whether it says anything new. */
  say(statement: ConsentStatement): boolean;
}

declare global {
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/** The shopper's own choice counts first, then Global Privacy Control, then what silence, or a tool's default, counts as here. */
export function createConsentManager({ silence }: PixelSettings): ConsentManager {
  let said: ConsentStatement = {};
  const now = (): readonly [ConsentState, ConsentStatement] => {
    const { adStorage, explicit } = said;
    if (adStorage && explicit) return [adStorage, said];
    if (navigator.globalPrivacyControl) return ['denied', { adStorage: 'denied', source: 'gpc' }];
    return silence === 'denied' || adStorage === 'denied'
      ? ['waiting', { adStorage: 'denied', explicit: false }]
      : ['granted', said];
  };
  return {
    state: () => now()[0],
    statement: () => now()[1],
    say({ adStorage: given, source = 'call', explicit: chosen = true }) {
      // What cannot be read may have been a denial, or a default; tag managers write truth as text.
      const adStorage = given === 'granted' ? given : 'denied';
      const explicit = String(chosen) === 'true';
      const isNews = adStorage !== said.adStorage || explicit !== said.explicit;
      said = { adStorage, source, explicit };
      return isNews;
    },
  };
}
