import { type JournalLimits, journalLimits } from '../kit/journal-store.ts';

/** Settings of the receiver itself. */
export interface Settings extends JournalLimits {
  /** `whsec_` and the key in base64. A message needs a signature by one of them. */
  readonly secrets: readonly string[];
  /** Maximum bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Maximum nesting of a request's body. */
  readonly maxBodyDepth: number;
  /** The delay of the fault `slow`. */
  readonly slowMs: number;
}

/** The secret of a simulator that is started without one. It protects nothing. */
export const defaultSecret = `whsec_${Buffer.from('simulator secret, protects none!').toString('base64')}`;

export const defaults: Settings = {
  secrets: [defaultSecret],
  maxBodyBytes: 2_000_000,
  maxBodyDepth: 64,
  slowMs: 2_000,
  ...journalLimits,
};
