import type { UnixMs } from '../../event/units.ts';
import { type LateContent, parseLateChange, parseLateContent } from './late-content.ts';
import type { Upload, UploadResult } from './uploads.ts';

/** An order whose purchase is uploaded to the account, and not delivered as an event. */
export interface LateOrder {
  /** The row of the purchase. */
  readonly row: Upload;
  readonly content: LateContent;
  /** The rows of its refunds. */
  readonly changes: readonly Upload[];
}

/** Returns the order of a connection's rows that has an uploaded purchase, or one that waits for its upload. */
export function findLateOrder(uploads: readonly Upload[]): LateOrder | undefined {
  const row = uploads.find(({ kind }) => kind === 'offline-conversion');
  const content = row && parseLateContent(row.content);
  return content && { row, content, changes: uploads.filter(({ kind }) => kind === 'offline-adjustment') };
}

/** Returns the value that the platform has of the order, in thousandths: that of the newest change, or of the upload. */
export function getUploadedValue({ row, content, changes }: LateOrder): number | undefined {
  if (isNotUploaded(row)) return row.answer?.code === refundedBefore.code ? 0 : undefined;
  if (row.state === 'waiting') return undefined;
  const taken = changes.flatMap(({ state, content: text }) => {
    const { left, at = 0 } = (isTaken(state) && parseLateChange(text)) || {};
    return left === undefined ? [] : [{ left, at }];
  });
  // After a retraction nothing changes any more.
  if (taken.some(({ left }) => left === 0)) return 0;
  const newest = taken.toSorted((one, other) => other.at - one.at)[0];
  if (newest) return newest.left;
  return content.value === undefined ? undefined : Math.round(content.value * 1_000);
}

/** Returns whether the purchase was not uploaded, and will not be. */
export function isNotUploaded({ state }: Pick<Upload, 'state'>): boolean {
  return state === 'refused' || state === 'dead';
}

const isTaken = (state: Upload['state']) => state === 'uploaded' || state === 'attributed';

/** The answer of a purchase of which nothing was left when its upload was due. */
export const refundedBefore = {
  code: 'refunded',
  message: 'The whole order was refunded or cancelled before the upload, so it is not uploaded. No action needed.',
} as const;

/** The answer of a purchase that retention removed before it could be planned. */
export const removedUnread = {
  code: 'removed-unread',
  message:
    'The event exceeded `retentionDays.events` before the connection could read it, so the purchase is not uploaded. Check why the connection stopped.',
} as const;

/** The answer of a purchase that became too old while its upload waited. */
export const uploadTooOld = {
  code: 'too-old',
  message:
    'The purchase became too old for the platform while its upload waited. Check why the connection or the access to its account stopped.',
} as const;

/** Returns the content of the row of a lost purchase: only what the sums need. */
export function formatLostContent({ time, value, currency }: Pick<LateContent, 'time' | 'value' | 'currency'>): string {
  return JSON.stringify({ time, ...(value !== undefined && { value }), ...(currency !== undefined && { currency }) });
}

/** Returns the result of a purchase whose upload waited for too long. The row goes on without the person, so that it can outlast the order. */
export function loseUpload({ kind, key, tries, dueAt, at, content }: Upload, triedAt: UnixMs): UploadResult {
  const lost = formatLostContent(parseLateContent(content) ?? { time: at });
  return { kind, key, state: 'dead', tries, dueAt, triedAt, content: lost, answer: uploadTooOld, forgetsPerson: true };
}
