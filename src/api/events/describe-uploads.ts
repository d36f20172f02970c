import { formatMoney } from '../../event/format-numbers.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { parseLateChange, parseLateContent } from '../../storage/ports/late-content.ts';
import { parseChangeContent, type Upload } from '../../storage/ports/uploads.ts';
import type { UploadView } from './timeline-schemas.ts';

/** Returns a connection's rows of an order, with what happened: those of one refund, or of all for the purchase. */
export function describeUploads(
  uploads: readonly Upload[],
  { consumer, refund }: { readonly consumer: ConsumerId; readonly refund?: Offset },
): UploadView[] {
  const own = uploads.filter((one) => one.consumer === consumer);
  return own
    .filter((one) => refund === undefined || one.offset === refund)
    .flatMap((one) => {
      const change = parseChange(one, own);
      return change ? [toView(one, change)] : [];
    });
}

interface Change {
  /** Absent until the purchase of an order was uploaded. */
  readonly goal?: string | undefined;
  readonly left?: number | undefined;
  readonly currency?: string | undefined;
}

/** Returns the change of a row; undefined for the row of a purchase, and for one that this version cannot read. */
function parseChange({ kind, orderId, content }: Upload, own: readonly Upload[]): Change | undefined {
  if (kind === 'online-adjustment') return parseChangeContent(content);
  if (kind !== 'offline-adjustment') return undefined;
  const purchase = own.find((one) => one.kind === 'offline-conversion' && one.orderId === orderId);
  return { goal: purchase && parseLateContent(purchase.content)?.goal, ...parseLateChange(content) };
}

function toView({ state, dueAt, tries, triedAt, answer }: Upload, { goal, left, currency }: Change): UploadView {
  const value = left === undefined || currency === undefined ? undefined : formatMoney(left / 1_000, currency);
  const conversion = goal === undefined ? 'The uploaded purchase' : `The conversion of the goal \`${goal}\``;
  const change =
    left === 0 ? `${conversion} is taken back.` : `${conversion} is changed to ${value ?? 'what is left of the order'}.`;
  return {
    goal: goal ?? '',
    state,
    says: answer ? `${change} ${answer.message}` : change,
    ...(state === 'waiting' && { dueAt }),
    tries,
    ...(triedAt !== undefined && { triedAt }),
    ...(answer && { code: answer.code }),
    ...(answer?.trackingId !== undefined && { trackingId: answer.trackingId }),
  };
}
