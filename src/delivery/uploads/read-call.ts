import type { UploadFailure, UploadVerdict } from '../../event/conversion-change.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Upload, UploadAnswer, UploadResult } from '../../storage/ports/uploads.ts';

/** What a call of uploads returned: a verdict on each row, or one failure of all. */
type CallResult<Verdict> =
  | { readonly failure: UploadFailure }
  | { readonly verdicts: readonly Verdict[]; readonly trackingId?: string };

/** The entries of a call with their verdicts. */
export interface ReadCall<Sent, Verdict> {
  readonly answered: readonly { readonly sent: Sent; readonly verdict: Verdict | UploadVerdict }[];
  readonly failures: readonly UploadFailure[];
  /** The platform's id of the call, for its support. */
  readonly tracking: Pick<UploadAnswer, 'trackingId'>;
}

/** Returns the verdict on each entry of a call. One without a verdict has failed. */
export function readCall<Sent, Verdict>(entries: readonly Sent[], result: CallResult<Verdict>): ReadCall<Sent, Verdict> {
  const trackingId = 'verdicts' in result ? result.trackingId : undefined;
  const tracking = trackingId === undefined ? {} : { trackingId };
  const answered = entries.map((sent, index) => ({
    sent,
    verdict: 'failure' in result ? { failed: result.failure } : (result.verdicts[index] ?? { failed: noVerdict }),
  }));
  const failures = answered.flatMap(({ verdict }) => (isFailure(verdict) ? [{ ...tracking, ...verdict.failed }] : []));
  return { answered, failures, tracking };
}

function isFailure(verdict: unknown): verdict is { readonly failed: UploadFailure } {
  return typeof verdict === 'object' && verdict !== null && 'failed' in verdict;
}

/** What a call had of a row, and the words for one that was taken. */
export interface SentRow {
  readonly at: UnixMs;
  /** As JSON. */
  readonly content: string;
  readonly tracking: Pick<UploadAnswer, 'trackingId'>;
  readonly taken: UploadAnswer;
}

/** Returns a row after a call that had it. */
export function toSentResult(
  { kind, key, tries, dueAt }: Upload,
  verdict: UploadVerdict,
  { at, content, tracking, taken }: SentRow,
): UploadResult {
  const common = { kind, key, tries: tries + 1, dueAt, triedAt: at, content };
  if (verdict === 'taken') return { ...common, state: 'uploaded', answer: { ...taken, ...tracking } };
  if ('refused' in verdict) return { ...common, state: 'refused', answer: { ...verdict.refused, ...tracking } };
  const { pause: _, ...failure } = verdict.failed;
  return { ...common, state: 'waiting', answer: { ...tracking, ...failure } };
}

/** The answer of a platform that took the change of a conversion. */
export const changeTaken: UploadAnswer = {
  code: '200',
  message: 'The platform took the change. It does not say whether it counted it.',
};

const noVerdict: UploadFailure = {
  code: 'no-verdict',
  message: 'The platform gave no verdict on the row. Convey sends it again.',
  pause: 'backoff',
};
