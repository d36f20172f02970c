/** A JSON value of a payload, a property or a response. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One problem. `message` states the rule and the remedy, and never repeats a value: values may be personal data. */
export interface Issue {
  /** Path in the sender's or the platform's own spelling: `commerce.currency`, `person.email`. */
  readonly field: string;
  /** Stable and machine-readable: `too-old`, `InvalidSha256`. */
  readonly code: string;
  readonly message: string;
}

/** Returns whether a text may be the code of an issue by which events are filtered, such as Meta's `100/2804003`. */
export const isIssueCode = (text: string): boolean => /^[\w.:/ -]{1,100}$/.test(text);

/** The code of a probe that got no answer. */
export const unreachableCode = 'unreachable';

/** The code of a success in an unknown form. To a probe, it is no refusal of the credential. */
export const unknownAnswerCode = 'answer-unknown';
