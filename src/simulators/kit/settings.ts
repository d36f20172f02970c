import type { BodyLimits } from './http/read-body.ts';
import { type JournalLimits, journalLimits } from './journal-store.ts';

/** Settings of every simulator itself, beside those of the platform's behaviour. */
export interface CommonSettings extends BodyLimits, JournalLimits {
  /** The delay of the fault `slow`. */
  readonly slowMs: number;
}

export const commonDefaults = { maxBodyDepth: 64, slowMs: 2_000, ...journalLimits } as const satisfies Partial<CommonSettings>;
