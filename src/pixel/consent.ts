import type { PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './browser-report.ts';

/** `waiting`: no choice was made, and the policy counts that as denied; reports stay in memory. */
export type ConsentState = 'granted' | 'denied' | 'waiting';

/** The shopper's consent on this page. */
export interface ConsentManager {
  state(): ConsentState;
  /** Returns the statement that is sent with every event. */
  statement(): ConsentStatement;
  /** Returns the shopper's own choice, or GPC's denial, as a text to compare. A tool's default is no choice. */
  choice(): string | undefined;
  /** Applies a statement; returns whether it changed anything. */
  update(statement: ConsentStatement): boolean;
}

declare global {
  interface Navigator {
    readonly globalPrivacyControl?: boolean;
  }
}

/**
 * Creates the consent state. The shopper's own choice takes precedence, then Global Privacy Control, then the policy's value for no choice
 * or a tool's default.
 */
export function createConsentManager({ silence }: PixelSettings): ConsentManager {
  let current: ConsentStatement = {};
  let choices: string | undefined;
  const now = (): readonly [ConsentState, ConsentStatement, choice?: string | undefined] => {
    const { adStorage } = current;
    if (adStorage && current.explicit) return [adStorage, current, choices];
    if (navigator.globalPrivacyControl) return ['denied', { adStorage: 'denied', source: 'gpc' }, 'gpc'];
    return silence === 'denied' || adStorage === 'denied'
      ? ['waiting', { adStorage: 'denied', explicit: false }]
      : ['granted', current];
  };
  return {
    state: () => now()[0],
    statement: () => now()[1],
    choice: () => now()[2],
    update({ adStorage: input, adUserData, adPersonalization, source = 'call', explicit: chosen = true }) {
      const last = choices;
      // An unreadable value may have been a denial, or a default; tag managers write booleans as text. The collector reads the single uses.
      const adStorage = input === 'granted' ? input : 'denied';
      const explicit = String(chosen) === 'true';
      choices = [adStorage, explicit, adUserData, adPersonalization].join();
      current = { adStorage, adUserData, adPersonalization, source, explicit };
      return choices !== last;
    },
  };
}
