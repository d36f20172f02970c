import { maxUploadRows } from '../../event/conversion-change.ts';
import type { LateCallResult, LateConversion, LateVerdict } from '../../event/late-conversion.ts';
import type { RefundedAmount } from '../../event/order-adjustment.ts';
import type { UnixMs } from '../../event/units.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { type LateContent, parseLateContent } from '../../storage/ports/late-content.ts';
import { loseUpload, refundedBefore } from '../../storage/ports/late-orders.ts';
import type { Store } from '../../storage/ports/store.ts';
import { parseUploadState } from '../../storage/ports/upload-state.ts';
import type { Upload, UploadAnswer, UploadResult } from '../../storage/ports/uploads.ts';
import { getLateRemainder } from '../planning/late-refund.ts';
import { findDenied } from './find-denied.ts';
import { isPaused } from './pause-uploads.ts';
import { readCall, type SentRow, toSentResult } from './read-call.ts';
import { nextState } from './upload-round.ts';

/** The results of a round, and the orders of its rows. */
export interface LateSettlement {
  readonly results: readonly UploadResult[];
  readonly orderIds: readonly string[];
  /** The state of the uploads, as JSON. */
  readonly state: string;
}

/** A connection that takes late purchases, and whose goal takes uploads by now. */
export interface LateConnection {
  readonly site: string;
  readonly connection: string;
  readonly goal: { readonly name: string; readonly isEnhanced: boolean };
  /** The age of a purchase up to which it is uploaded. */
  readonly maxAgeMs: number;
  /** Names the access and the version of Convey. With others, a pause is over. */
  readonly by: string;
  /** Makes one call. */
  readonly send: (conversions: readonly LateConversion[]) => Promise<LateCallResult>;
  /** Commits the results. */
  readonly settle: (settlement: LateSettlement) => Promise<void>;
}

export interface LateRoundDeps {
  readonly store: Pick<Store, 'listDueUploads' | 'getUploadState' | 'getProfiles' | 'listRefunds'>;
  readonly now: () => UnixMs;
}

interface PreparedRow {
  readonly row: Upload;
  readonly conversion: LateContent;
}

/**
 * Uploads the due purchases of a connection in one call, and commits the results. What is uploaded is committed before: a process that is
 * killed in between uploads the same rows again, which the platform ignores. Returns whether more may be due.
 */
export async function runLateRound(late: LateConnection, { store, now }: LateRoundDeps): Promise<boolean> {
  const { site, by, send, settle, goal } = late;
  const consumer = formatConsumerId(site, late.connection);
  const state = parseUploadState(await store.getUploadState(consumer));
  if (isPaused(state, by, now())) return false;
  const due = await store.listDueUploads(consumer, 'offline-conversion', now(), maxUploadRows);
  if (due.length === 0) return false;
  const denied = await findDenied(due, site, store);
  const orderIds = [...new Set(due.map(({ orderId }) => orderId))];
  const refunds = Map.groupBy(await store.listRefunds(site, orderIds), ({ orderId }) => orderId);
  const ready: PreparedRow[] = [];
  const results: UploadResult[] = [];
  for (const row of due) {
    const planned = parseLateContent(row.content);
    const conversion = planned && deductRefunds(planned, refunds.get(row.orderId) ?? []);
    if (!denied.has(row.key) && now() - row.at > late.maxAgeMs) {
      results.push(loseUpload(row, now()));
      continue;
    }
    const obstacle = denied.has(row.key) ? withdrawn : findObstacle(conversion, goal);
    if (!obstacle && conversion && conversion !== 'refunded') ready.push({ row, conversion });
    else results.push(toResult(row, 'dead', now(), { answer: obstacle ?? unreadable }));
  }
  const began = ready.filter(({ conversion }) => conversion.goal === undefined);
  if (began.length > 0)
    await settle({ results: began.map((one) => toBegunResult(one, goal.name, now())), orderIds, state: JSON.stringify(state) });
  const result: LateCallResult = ready.length === 0 ? { verdicts: [] } : await send(ready.map(({ conversion }) => conversion));
  const at = now();
  const { answered, failures, tracking } = readCall(ready, result);
  results.push(...answered.map(({ sent, verdict }) => toUploadedResult(sent, verdict, { goal, at, tracking })));
  await settle({
    results,
    orderIds,
    state: JSON.stringify(nextState(state, failures, { by, at, isCall: ready.length > 0 })),
  });
  return failures.length === 0 && due.length === maxUploadRows;
}

/**
 * Returns the purchase with what its refunds leave, and `refunded` if nothing is left. One that a call had before keeps its value, because the
 * platform may have it: later refunds change it after the upload.
 */
function deductRefunds(planned: LateContent, refunds: readonly RefundedAmount[]): LateContent | 'refunded' {
  if (planned.goal !== undefined) return planned;
  const remainder = getLateRemainder(planned, refunds);
  if (remainder.state !== 'left') return planned;
  return remainder.thousandths === 0 ? 'refunded' : { ...planned, value: remainder.thousandths / 1_000 };
}

/** Returns why a row cannot be uploaded any more. */
function findObstacle(conversion: LateContent | 'refunded' | undefined, goal: LateConnection['goal']): UploadAnswer | undefined {
  if (conversion === 'refunded') return refundedBefore;
  return conversion?.clickId === undefined && !goal.isEnhanced ? noClickId : undefined;
}

/** Returns the row with the content that the next call has. */
function toBegunResult({ row, conversion }: PreparedRow, goal: string, at: UnixMs): UploadResult {
  const content = JSON.stringify({ ...conversion, goal });
  return toResult(row, 'waiting', at, { content, ...(row.answer && { answer: row.answer }) });
}

function toUploadedResult(
  { row, conversion }: PreparedRow,
  verdict: LateVerdict,
  { goal, at, tracking }: Pick<LateConnection, 'goal'> & Pick<SentRow, 'at' | 'tracking'>,
): UploadResult {
  const sent = { at, content: JSON.stringify({ ...conversion, goal: goal.name }), tracking, taken };
  if (verdict === 'taken' || !('clickIdRefused' in verdict)) return toSentResult(row, verdict, sent);
  const { clickId, ...hashes } = conversion;
  const isMatchable = clickId !== undefined && goal.isEnhanced && (hashes.email !== undefined || hashes.phone !== undefined);
  const refused = toSentResult(row, { refused: verdict.clickIdRefused }, sent);
  // A row without its click id is sent once more.
  return isMatchable ? { ...refused, state: 'waiting', content: JSON.stringify(hashes) } : refused;
}

function toResult(
  { kind, key, tries, dueAt }: Upload,
  state: UploadResult['state'],
  triedAt: UnixMs,
  more: Pick<UploadResult, 'content' | 'answer'>,
): UploadResult {
  return { kind, key, state, tries, dueAt, triedAt, ...more };
}

const taken: UploadAnswer = {
  code: '200',
  message: 'The platform took the purchase. It does not say whether it attributes it to a click.',
};

const noClickId: UploadAnswer = {
  code: 'no-click-id',
  message:
    'The purchase has no click id, and the goal compares no hashes. Turn on enhanced conversions for the goal at the platform.',
};

const withdrawn: UploadAnswer = {
  code: 'consent-denied',
  message: 'The shopper denied the use of data for advertising, so the purchase is not uploaded. No action needed.',
};

const unreadable: UploadAnswer = {
  code: 'unreadable',
  message: 'Another version of Convey stored the purchase in an unknown form. Update Convey.',
};
