import { maxUploadRows, type UploadCallResult } from '../../event/conversion-change.ts';
import type { LateChange } from '../../event/late-conversion.ts';
import type { RefundedAmount } from '../../event/order-adjustment.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { findLateOrder, getUploadedValue, isNotUploaded, refundedBefore } from '../../storage/ports/late-orders.ts';
import type { Store } from '../../storage/ports/store.ts';
import { parseUploadState } from '../../storage/ports/upload-state.ts';
import type { Upload, UploadAnswer, UploadResult } from '../../storage/ports/uploads.ts';
import { getLateRemainder, lateRefundIssues } from '../planning/late-refund.ts';
import { findDenied } from './find-denied.ts';
import { isPaused } from './pause-uploads.ts';
import { changeTaken, readCall, toSentResult } from './read-call.ts';
import type { UploadSettlement } from './settle-uploads.ts';
import { nextState } from './upload-round.ts';

/** A connection that uploaded late purchases, some of which were refunded. */
export interface LateRefundConnection {
  readonly site: string;
  readonly connection: string;
  readonly maxAgeMs: number;
  /** The time from an upload until a refund of it is sent. */
  readonly adjustAfterMs: number;
  /** Names the access and the version of Convey. With others, a pause is over. */
  readonly by: string;
  /** Makes one call. */
  readonly send: (changes: readonly LateChange[]) => Promise<UploadCallResult>;
  /** Commits the results. */
  readonly settle: (settlement: UploadSettlement) => Promise<void>;
}

export interface LateRefundRoundDeps {
  readonly store: Pick<Store, 'listDueUploads' | 'listOrderUploads' | 'listRefunds' | 'getUploadState' | 'getProfiles'>;
  readonly now: () => UnixMs;
}

/** The next step of the due rows of an order. `answer`: the rows are settled without a call. */
type Step =
  | { readonly change: LateChange }
  | { readonly waitUntil: UnixMs }
  | { readonly state: 'uploaded' | 'dead'; readonly answer?: UploadAnswer };

/**
 * Sends the due refunds of uploaded purchases in one call, each order with what all its refunds leave, and commits the results. A process that
 * is killed in between sends the same values again, so that no refund counts twice. Returns whether more may be due.
 */
export async function runLateRefundRound(late: LateRefundConnection, { store, now }: LateRefundRoundDeps): Promise<boolean> {
  const { site, by, send, settle } = late;
  const consumer = formatConsumerId(site, late.connection);
  const state = parseUploadState(await store.getUploadState(consumer));
  if (isPaused(state, by, now())) return false;
  const due = await store.listDueUploads(consumer, 'offline-adjustment', now(), maxUploadRows);
  if (due.length === 0) return false;
  const orderIds = [...new Set(due.map(({ orderId }) => orderId))];
  const uploads = (await store.listOrderUploads(site, orderIds)).filter((one) => one.consumer === consumer);
  const refunds = await store.listRefunds(site, orderIds);
  const denied = await findDenied(due, site, store);
  const orders = orderIds.map((orderId) => {
    const rows = due.filter((row) => row.orderId === orderId);
    const ofOrder = {
      uploads: uploads.filter((row) => row.orderId === orderId),
      refunds: refunds.filter((refund) => refund.orderId === orderId),
      isDenied: rows.some(({ key }) => denied.has(key)),
    };
    return { orderId, rows, step: decideStep(ofOrder, late, now()), left: getLeft(ofOrder) };
  });
  const asked = orders.flatMap(({ step, rows }) => ('change' in step ? [{ change: step.change, rows }] : []));
  const result: UploadCallResult = asked.length === 0 ? { verdicts: [] } : await send(asked.map(({ change }) => change));
  const at = now();
  const { answered, failures, tracking } = readCall(asked, result);
  const unsent = orders.flatMap(({ step, rows }) => ('change' in step ? [] : rows.map((row) => toUnsentResult(row, step, at))));
  const sent = answered.flatMap(({ sent: { change, rows }, verdict }) =>
    rows.map((row) => toSentResult(row, verdict, { at, content: writeContent(change), tracking, taken: changeTaken })),
  );
  await settle({
    results: [...unsent, ...sent],
    orders: orders.map(({ orderId, left }) => ({ orderId, offset: '', left })),
    state: JSON.stringify(nextState(state, failures, { by, at, isCall: asked.length > 0 })),
  });
  return failures.length === 0 && due.length === maxUploadRows;
}

interface RefundedUpload {
  readonly uploads: readonly Upload[];
  readonly refunds: readonly RefundedAmount[];
  readonly isDenied: boolean;
}

function getLeft({ uploads, refunds }: RefundedUpload): number {
  const order = findLateOrder(uploads);
  const remainder = order && getLateRemainder(order.content, refunds);
  return remainder?.state === 'left' ? remainder.thousandths : 0;
}

function decideStep(
  { uploads, refunds, isDenied }: RefundedUpload,
  { maxAgeMs, adjustAfterMs }: LateRefundConnection,
  now: UnixMs,
): Step {
  const order = findLateOrder(uploads);
  if (!order) return { state: 'dead', answer: purchaseUnknown };
  const { row, content } = order;
  if (isNotUploaded(row))
    return row.answer?.code === refundedBefore.code ? { state: 'uploaded' } : { state: 'dead', answer: toAnswer('notUploaded') };
  if (row.state === 'waiting') return { waitUntil: now + hourMs };
  const remainder = getLateRemainder(content, refunds);
  if (remainder.state !== 'left') return { state: 'dead', answer: toAnswer('unknown') };
  const has = getUploadedValue(order);
  // The platform changes nothing any more after it took a purchase back.
  if (has === remainder.thousandths || has === 0) return { state: 'uploaded' };
  if (isDenied) return { state: 'dead', answer: withdrawn };
  if (now - row.at > maxAgeMs) return { state: 'dead', answer: toAnswer('tooOld') };
  const from = (row.triedAt ?? now) + adjustAfterMs;
  if (now < from && from <= now + adjustAfterMs) return { waitUntil: from };
  const { goal = '', time, clickId, email, phone, order: { currency } = {} } = content;
  const left = remainder.thousandths;
  return {
    change: {
      ...{ goal, time, at: now, left },
      ...(clickId !== undefined && { clickId }),
      ...(email !== undefined && { email }),
      ...(phone !== undefined && { phone }),
      ...(left > 0 && currency !== undefined && { currency }),
    },
  };
}

function writeContent({ goal, left, currency, at }: LateChange): string {
  return JSON.stringify({ goal, left, at, ...(currency !== undefined && { currency }) });
}

function toUnsentResult(
  { kind, key, tries, dueAt, answer: before }: Upload,
  step: Exclude<Step, { readonly change: unknown }>,
  triedAt: UnixMs,
): UploadResult {
  if ('waitUntil' in step)
    return { ...{ kind, key, tries, triedAt, state: 'waiting', dueAt: step.waitUntil }, ...(before && { answer: before }) };
  return { ...{ kind, key, tries, triedAt, dueAt, state: step.state }, ...(step.answer && { answer: step.answer }) };
}

function toAnswer(name: keyof typeof lateRefundIssues): UploadAnswer {
  const { code, message } = lateRefundIssues[name];
  return { code, message };
}

const purchaseUnknown: UploadAnswer = {
  code: 'purchase-unknown',
  message: 'Convey does not know the uploaded purchase any more, so the refund was not sent. Correct the order at the platform.',
};

const withdrawn: UploadAnswer = {
  code: 'consent-denied',
  message: 'The shopper denied the use of data for advertising, so the refund was not sent. No action needed.',
};
