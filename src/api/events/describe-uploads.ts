import { formatMoney } from '../../event/format-numbers.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { parseChangeContent, type Upload } from '../../storage/ports/uploads.ts';
import type { UploadView } from './timeline-schemas.ts';

/** Returns a connection's rows of an order, with what happened: those of one refund, or of all for the purchase. */
export function describeUploads(
  uploads: readonly Upload[],
  { consumer, refund }: { readonly consumer: ConsumerId; readonly refund?: Offset },
): UploadView[] {
  return uploads
    .filter((one) => one.consumer === consumer && (refund === undefined || one.offset === refund))
    .flatMap((one) => {
      const content = parseChangeContent(one.content);
      return content ? [toView(one, content)] : [];
    });
}

function toView(
  { state, dueAt, tries, triedAt, answer }: Upload,
  { goal, left, currency }: NonNullable<ReturnType<typeof parseChangeContent>>,
): UploadView {
  const value = left === undefined || currency === undefined ? undefined : formatMoney(left / 1_000, currency);
  const change =
    left === 0
      ? `The conversion of the goal \`${goal}\` is taken back.`
      : `The conversion of the goal \`${goal}\` is changed to ${value ?? 'what is left of the order'}.`;
  return {
    goal,
    state,
    says: answer ? `${change} ${answer.message}` : change,
    ...(state === 'waiting' && { dueAt }),
    tries,
    ...(triedAt !== undefined && { triedAt }),
    ...(answer && { code: answer.code }),
    ...(answer?.trackingId !== undefined && { trackingId: answer.trackingId }),
  };
}
