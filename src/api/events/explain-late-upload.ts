import type { UploadResult } from '../../destinations/kit/why-not.ts';
import { formatDuration } from '../../event/format-numbers.ts';
import { describeSkip, isSkipReason, type SkipTexts } from '../../event/skip-reasons.ts';
import { formatUtc, type UnixMs } from '../../event/units.ts';
import { parseLateContent } from '../../storage/ports/late-content.ts';
import { findLateOrder, getUploadedValue } from '../../storage/ports/late-orders.ts';
import type { Upload } from '../../storage/ports/uploads.ts';
import type { RefundedOrder } from './explain-refund.ts';
import type { OutcomeView } from './schemas.ts';

/** The access that an upload needs. */
export interface LateAccess {
  /** The age of a purchase up to which it is uploaded. Undefined if late purchases are off. */
  readonly maxAgeMs: number | undefined;
  /** The remedy if the platform refuses the access. */
  readonly remedy: string | undefined;
  readonly now: UnixMs;
  readonly skipTexts: SkipTexts | undefined;
}

/** An outcome, and what became of the event's upload, if it has one. */
export interface LateOutcome extends OutcomeView {
  readonly upload?: UploadResult;
}

/** Returns the outcome of a purchase that was too old as an event, with what became of its upload. */
export function explainLateUpload(outcome: OutcomeView, uploads: readonly Upload[], access: LateAccess): LateOutcome {
  const upload = uploads.find(({ kind }) => kind === 'offline-conversion');
  if (!upload) return outcome;
  // The remedy of the skip is the upload.
  const says = isSkipReason(outcome.outcome) ? describeSkip(outcome.outcome, access.skipTexts).why : outcome.says;
  return { ...outcome, says: `${describeUpload(upload, access)} ${says}`, upload: uploadStates[upload.state] };
}

const uploadStates = {
  waiting: 'waiting',
  uploaded: 'uploaded',
  attributed: 'uploaded',
  refused: 'refused',
  dead: 'dead',
} as const satisfies Record<Upload['state'], UploadResult>;

/** Returns the order that a connection uploads, or uploaded. Undefined: none of the rows is its purchase. */
export function findUploadedOrder(uploads: readonly Upload[]): RefundedOrder['order'] {
  const late = findLateOrder(uploads);
  if (!late) return undefined;
  const left = getUploadedValue(late);
  return { ...late.content.order, isUploaded: true, ...(left !== undefined && { left }) };
}

function describeWait({ at, answer }: Upload, { maxAgeMs, remedy, now }: LateAccess): string {
  const until = maxAgeMs === undefined ? undefined : at + maxAgeMs;
  const left = until === undefined || until <= now ? '' : ` The platform takes it for ${formatDuration(until - now)} more.`;
  if (remedy !== undefined) return `Waits for the access to the account, and is uploaded once it is renewed. ${remedy}${left}`;
  const failure = answer ? ` The last attempt failed: ${answer.message} (${answer.code})` : '';
  return `Waits to be uploaded to the connected account.${failure}${left}`;
}

function describeUpload(upload: Upload, access: LateAccess): string {
  const { state, answer, content, triedAt } = upload;
  const goal = parseLateContent(content)?.goal;
  const at = triedAt === undefined ? '' : ` at ${formatUtc(triedAt)} UTC`;
  switch (state) {
    case 'waiting':
      return describeWait(upload, access);
    case 'uploaded':
    case 'attributed':
      return `Uploaded${goal === undefined ? '' : ` to the goal “${goal}”`}${at}. The platform does not say whether it attributes the purchase to a click.`;
    case 'refused':
      return `Not uploaded: the platform refused the purchase${at}. ${answer?.message ?? ''} (${answer?.code ?? ''})`;
    case 'dead':
      return `Not uploaded. ${answer?.message ?? ''} (${answer?.code ?? ''})`;
  }
}
