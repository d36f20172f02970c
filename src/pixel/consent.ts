import type { PixelSettings } from '../event/pixel-settings.ts';
import type { ConsentStatement } from './commands.ts';
import { swallowErrors } from './swallow-errors.ts';

/** `waiting`: no choice was made on this page, and that counts as denied; reports stay in memory. */
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

/** Returns whether a statement is the shopper's own choice, and no tool's default. Tag managers write booleans as text. */
export const isChoice = ({ explicit = true }: ConsentStatement): boolean => String(explicit) === 'true';

/** Returns whether an earlier page stored a grant of the shopper's own. */
const isGrantStored = swallowErrors(() =>
  Object.entries(localStorage).some(([name, text]) => name.startsWith('_cv.') && /granted,true/.test(text)),
);

/**
 * Creates the consent state. The shopper's own choice takes precedence, then Global Privacy Control, then the policy's value for no choice
 * or a tool's default. A shopper who granted on an earlier page is expected to be stated as granted on this page too, so Global Privacy
 * Control waits for that.
 */
export function createConsentManager({ silence }: PixelSettings): ConsentManager {
  let current: ConsentStatement = {};
  let choices: string | undefined;
  const hasGranted = isGrantStored();
  const now = (): readonly [ConsentState, ConsentStatement, choice?: string | undefined] => {
    const { adStorage } = current;
    if (adStorage && current.explicit) return [adStorage, current, choices];
    if (navigator.globalPrivacyControl && !hasGranted) return ['denied', { adStorage: 'denied', source: 'gpc' }, 'gpc'];
    return navigator.globalPrivacyControl || silence === 'denied' || adStorage === 'denied'
      ? ['waiting', { adStorage: 'denied', explicit: false }]
      : ['granted', current];
  };
  return {
    state: () => now()[0],
    statement: () => now()[1],
    choice: () => now()[2],
    update(statement) {
      const { adStorage: input, adUserData, adPersonalization, source = 'call', version } = statement;
      const last = choices;
      // An unreadable value may have been a denial, or a default. The collector reads the single uses.
      const adStorage = input === 'granted' ? input : 'denied';
      const explicit = isChoice(statement);
      choices = [adStorage, explicit, adUserData, adPersonalization].join();
      current = { adStorage, adUserData, adPersonalization, source, explicit, version };
      return choices !== last;
    },
  };
}
