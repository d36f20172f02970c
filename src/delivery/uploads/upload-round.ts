import type { BoundDestination } from '../../destinations/kit/destination.ts';
import {
  type ConversionChange,
  maxUploadRows,
  type UploadCallResult,
  type UploadFailure,
} from '../../event/conversion-change.ts';
import type { UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';
import { parseUploadState, type StoredUploadState } from '../../storage/ports/upload-state.ts';
import { parseChangeContent, type Upload, type UploadResult } from '../../storage/ports/uploads.ts';
import { loadFactsOfOrders } from '../planning/order-facts.ts';
import { isPaused, pauseUploads } from './pause-uploads.ts';
import { type PreparedChange, prepareChanges, type SettledRow } from './prepare-changes.ts';
import { changeTaken, readCall, toSentResult } from './read-call.ts';
import type { UploadSettlement } from './settle-uploads.ts';

/** A connection whose uploads are due. */
export interface UploadConnection {
  readonly site: string;
  readonly connection: string;
  readonly adjustments: NonNullable<BoundDestination['adjustments']>;
  /** Names the access and the version of Convey. With others, a pause is over. */
  readonly by: string;
  /** Makes one call. */
  readonly send: (changes: readonly ConversionChange[]) => Promise<UploadCallResult>;
  /** Commits the results. */
  readonly settle: (settlement: UploadSettlement) => Promise<void>;
}

export interface UploadRoundDeps {
  readonly log: Pick<EventLog, 'get'>;
  readonly store: Pick<
    Store,
    | 'listDueUploads'
    | 'getUploadState'
    | 'listOrderUploads'
    | 'listRefunds'
    | 'listDeliveredOrders'
    | 'findOrderEvents'
    | 'getOutcomes'
    | 'getProfiles'
  >;
  readonly now: () => UnixMs;
}

/**
 * Sends the due rows of a connection in one call, and commits the results. A process that is killed in between sends the rows again, with what
 * is left of each order then, so that no refund counts twice. Returns whether more rows may be due.
 */
export async function runUploadRound(connection: UploadConnection, { log, store, now }: UploadRoundDeps): Promise<boolean> {
  const { site, adjustments, by, send, settle } = connection;
  const consumer = formatConsumerId(site, connection.connection);
  const state = parseUploadState(await store.getUploadState(consumer));
  if (isPaused(state, by, now())) return false;
  const due = await store.listDueUploads(consumer, 'online-adjustment', now(), maxUploadRows);
  if (due.length === 0) return false;
  const orderIds = [...new Set(due.map(({ orderId }) => orderId))];
  const orders = await loadFactsOfOrders(orderIds, { consumer, site, beginsAfter: '', log, store });
  const { changes, settled } = prepareChanges(due, orders, adjustments, now());
  const result: UploadCallResult = changes.length === 0 ? { verdicts: [] } : await send(changes.map(({ change }) => change));
  const at = now();
  const { answered, failures, tracking } = readCall(changes, result);
  const sent = answered.flatMap(({ sent: { change, rows }, verdict }) =>
    rows.map((row) => toSentResult(row, verdict, { at, content: writeContent(row, change), tracking, taken: changeTaken })),
  );
  const results = [...settled.map((one) => toResult(one, at)), ...sent];
  const lefts = new Map(changes.map(({ change, rows }) => [rows[0]?.orderId ?? '', change.left]));
  await settle({
    results,
    orders: orderIds.map((orderId) => {
      const { offset = '', purchase } = orders.get(orderId)?.delivered ?? {};
      return { orderId, offset, left: lefts.get(orderId) ?? purchase?.left ?? 0 };
    }),
    state: JSON.stringify(nextState(state, failures, { by, at, isCall: changes.length > 0 })),
  });
  return failures.length === 0 && due.length === maxUploadRows;
}

function toResult({ row, state, issue }: SettledRow, at: UnixMs): UploadResult {
  const { kind, key, tries, dueAt } = row;
  return { kind, key, state, tries, dueAt, triedAt: at, ...(issue && { answer: { code: issue.code, message: issue.message } }) };
}

function writeContent(row: Upload, { left, currency, at }: PreparedChange['change']): string {
  return JSON.stringify({ ...parseChangeContent(row.content), left, ...(currency !== undefined && { currency }), at });
}

/** The pause ends with a call without failures. */
export function nextState(
  { pause: before, takenAt }: StoredUploadState,
  failures: readonly UploadFailure[],
  { by, at, isCall }: { readonly by: string; readonly at: UnixMs; readonly isCall: boolean },
): StoredUploadState {
  const [failure] = failures.toSorted((one, other) => severity.indexOf(other.pause) - severity.indexOf(one.pause));
  const kept = takenAt === undefined ? {} : { takenAt };
  if (failure) return { ...kept, pause: pauseUploads(before ? { pause: before } : {}, failure, by, at) };
  if (!isCall) return { ...kept, ...(before && { pause: before }) };
  return { takenAt: at };
}

const severity: readonly UploadFailure['pause'][] = ['minute', 'backoff', 'week', 'access', 'stop'];
