import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  __gpp(command: 'ping', done: (answer: Answer) => void): void;
}

interface Answer {
  readonly signalStatus: string;
}

/** The last answer. The function calls back at once, or the next look reads it. */
let answer: Answer;

/**
 * A shopper of the United States opts out of sale, sharing or targeted advertising: 1 in the national section or in a state's. No opt-out is
 * no consent, so this reader only denies.
 * @source https://github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform (CMP API 1.1, 2023-06)
 */
export const readGpp: ReadChoice<Page> = ({ __gpp }) => {
  __gpp('ping', (given) => (answer = given));
  return answer.signalStatus === 'ready' && /OptOut":1/.test(JSON.stringify(answer)) && [false];
};
