/** JSON as it travels: what a payload, a property or an answer can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * One thing that is wrong, said so that its reader can mend it.
 * `message` names the rule and the remedy and never echoes a value: values may be personal data.
 */
export interface Issue {
  /** Path in the sender's or the vendor's own spelling: `commerce.currency`, `userData.em`. */
  readonly field: string;
  /** Stable and machine-readable: `too-old`, `InvalidSha256`. */
  readonly code: string;
  readonly message: string;
}
