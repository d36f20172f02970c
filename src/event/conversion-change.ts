import type { UnixMs } from './units.ts';

/** A change of a conversion that the platform counted, for the API of a connected account. */
export interface ConversionChange {
  /** The name of the goal that counted the conversion. */
  readonly goal: string;
  /** The id by which the platform finds the conversion. */
  readonly transactionId: string;
  readonly at: UnixMs;
  /** The value that is left, in thousandths. 0: the conversion is taken back. */
  readonly left: number;
  /** ISO 4217. Absent: the goal's. */
  readonly currency?: string;
}

/**
 * How long calls stop after a failure. `minute`: too many calls. `backoff`: minutes to hours. `week`: the platform does not offer it to the
 * account. `access`: somebody has to sign in again or to give a right. `stop`: an error of Convey.
 */
export type UploadPauseReason = 'minute' | 'backoff' | 'week' | 'access' | 'stop';

/** A refusal. The message states what happened and what to do, and never repeats a value. */
export interface UploadRefusal {
  readonly code: string;
  readonly message: string;
}

/** The reason why a call, or a row of it, has to be repeated. */
export interface UploadFailure extends UploadRefusal {
  readonly trackingId?: string;
  readonly pause: UploadPauseReason;
}

/** The platform's verdict on a row. `failed`: it is sent again. */
export type UploadVerdict = 'taken' | { readonly refused: UploadRefusal } | { readonly failed: UploadFailure };

/** The result of a call: the verdicts in the order of its rows, or the failure of all of it. */
export type UploadCallResult =
  | { readonly verdicts: readonly UploadVerdict[]; readonly trackingId?: string }
  | { readonly failure: UploadFailure };

/** The rows of a call. */
export const maxUploadRows = 1_000;
