import type { UploadCallResult, UploadRefusal } from './conversion-change.ts';
import type { UnixMs } from './units.ts';

/** A purchase for a platform's list of late conversions, without its goal, which is known when it is uploaded. */
export interface LateConversion {
  readonly time: UnixMs;
  readonly clickId?: string;
  /** Hashes by the platform's normal form. */
  readonly email?: string;
  readonly phone?: string;
  readonly value?: number;
  /** ISO 4217. Absent: the goal's. */
  readonly currency?: string;
}

/** A change of an uploaded purchase. The platform finds the purchase by its goal, time and person, exactly as they were uploaded. */
export interface LateChange extends Pick<LateConversion, 'time' | 'clickId' | 'email' | 'phone'> {
  readonly goal: string;
  /** The time of the change. */
  readonly at: UnixMs;
  /** The value that is left, in thousandths. 0: the conversion is taken back. */
  readonly left: number;
  /** ISO 4217. Absent: the goal's. */
  readonly currency?: string;
}

type CallVerdict = Extract<UploadCallResult, { readonly verdicts: unknown }>['verdicts'][number];

/** The verdict on an uploaded purchase. `clickIdRefused`: the platform refuses the click id alone. */
export type LateVerdict = CallVerdict | { readonly clickIdRefused: UploadRefusal };

/** The result of an upload: the verdicts in the order of its purchases, or the failure of all of it. */
export type LateCallResult =
  | { readonly verdicts: readonly LateVerdict[]; readonly trackingId?: string }
  | Extract<UploadCallResult, { readonly failure: unknown }>;
