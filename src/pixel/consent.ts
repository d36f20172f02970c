import type { PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './report.ts';

/** `waiting`: nobody said, and the policy counts that as denied; what happens stays in memory. */
export type ConsentState = 'granted' | 'denied' | 'waiting';

/** What the page knows of the shopper's consent. */
export interface ConsentKeeper {
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

/** Global Privacy Control denies unless the shopper chose otherwise here; a tool's default is no choice. */
export function consentKeeper({ silence }: PixelSettings): ConsentKeeper {
  let said: ConsentStatement = {};
  const isGranted = () => said.adStorage === 'granted' && said.explicit;
  const isRefused = () => navigator.globalPrivacyControl && !isGranted();
  const state = (): ConsentState => {
    if (isGranted()) return 'granted';
    if (isRefused() || (said.adStorage === 'denied' && said.explicit)) return 'denied';
    return silence === 'denied' || said.adStorage === 'denied' ? 'waiting' : 'granted';
  };
  return {
    state,
    statement: () =>
      isRefused() && said.adStorage !== 'denied'
        ? { adStorage: 'denied', source: 'gpc' }
        : state() === 'waiting'
          ? { adStorage: 'denied', explicit: false }
          : said,
    say({ adStorage: given, source = 'call', explicit = true }) {
      // What cannot be read may have been a denial.
      const adStorage = given === 'granted' ? given : 'denied';
      const isNews = adStorage !== said.adStorage || explicit !== said.explicit;
      said = { adStorage, source, explicit };
      return isNews;
    },
  };
}
