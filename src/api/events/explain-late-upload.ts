import { formatUtc } from '../../event/units.ts';
import { parseLateContent } from '../../storage/ports/late-content.ts';
import { findLateOrder, getUploadedValue } from '../../storage/ports/late-orders.ts';
import type { Upload } from '../../storage/ports/uploads.ts';
import type { RefundedOrder } from './explain-refund.ts';
import type { OutcomeView } from './schemas.ts';

/** Returns the outcome of a purchase that was too old as an event, with what became of its upload. */
export function explainLateUpload(outcome: OutcomeView, uploads: readonly Upload[]): OutcomeView {
  const upload = uploads.find(({ kind }) => kind === 'offline-conversion');
  return upload ? { ...outcome, says: `${describeUpload(upload)} ${outcome.says}` } : outcome;
}

/** Returns the order that a connection uploads, or uploaded. Undefined: none of the rows is its purchase. */
export function findUploadedOrder(uploads: readonly Upload[]): RefundedOrder['order'] {
  const late = findLateOrder(uploads);
  if (!late) return undefined;
  const left = getUploadedValue(late);
  return { ...late.content.order, isUploaded: true, ...(left !== undefined && { left }) };
}

function describeUpload({ state, answer, content, triedAt }: Upload): string {
  const goal = parseLateContent(content)?.goal;
  const at = triedAt === undefined ? '' : ` at ${formatUtc(triedAt)} UTC`;
  switch (state) {
    case 'waiting':
      return `Waits to be uploaded to the connected account.${answer ? ` The last attempt failed: ${answer.message} (${answer.code})` : ''}`;
    case 'uploaded':
    case 'attributed':
      return `Uploaded${goal === undefined ? '' : ` to the goal “${goal}”`}${at}. The platform does not say whether it attributes the purchase to a click.`;
    case 'refused':
      return `Not uploaded: the platform refused the purchase${at}. ${answer?.message ?? ''} (${answer?.code ?? ''})`;
    case 'dead':
      return `Not uploaded. ${answer?.message ?? ''} (${answer?.code ?? ''})`;
  }
}
