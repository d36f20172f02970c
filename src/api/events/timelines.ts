import { getDeliveryDeadline } from '../../destinations/kit/delivery-deadline.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { findMatchKeys } from '../../destinations/kit/find-match-keys.ts';
import { mapTexts } from '../../destinations/kit/mask-payload.ts';
import type { Matching } from '../../destinations/kit/matching.ts';
import type { DeliveryHistory } from '../../destinations/kit/why-not.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { Json } from '../../event/issue.ts';
import { isClickIdKey } from '../../event/match-keys.ts';
import type { MatchTopic } from '../../event/missing-match-keys.ts';
import { isAdjustment } from '../../event/order-adjustment.ts';
import type { Connection, Site } from '../../event/site.ts';
import { isStoredWithoutPerson } from '../../event/stored-without-person.ts';
import { type AccountState, isCheckValid } from '../../event/uncounted-goals.ts';
import type { UnixMs } from '../../event/units.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { AttemptRecord } from '../../storage/ports/attempts.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Receipt } from '../../storage/ports/receipts.ts';
import { getClockTrustEnd } from '../../storage/ports/retention.ts';
import type { Store } from '../../storage/ports/store.ts';
import { maskClickIds } from '../../visitors/mask-click-ids.ts';
import { describeUploads } from './describe-uploads.ts';
import { explainSteps } from './event-steps.ts';
import { nameReporter, parseRecord, toEventView } from './event-view.ts';
import { explainGone, explainGoneOutcome, type GoneView } from './explain-gone.ts';
import { explainLateUpload, findUploadedOrder, type LateOutcome } from './explain-late-upload.ts';
import { explainSkip, explainUnsettled, explainWait } from './explain-outcome.ts';
import { explainRefund, type RefundedOrder } from './explain-refund.ts';
import { createUnsentOutcome, type EventSources, loadOutcomes } from './outcomes.ts';
import type { EventView } from './schemas.ts';
import type { AttemptView, TimelineView } from './timeline-schemas.ts';

interface MissingText {
  readonly says: string;
  readonly remedy: string;
}

export interface TimelineDeps extends EventSources {
  readonly getPlatform: (connection: Connection) => BoundDestination;
  /** Returns the match keys that the visitor profile added to an event, and those that the event lacks. */
  readonly getMatchKeyReport: (
    site: string,
    offset: Offset,
  ) => Promise<Pick<TimelineView, 'recalled' | 'missing'> & { explain(topic: MatchTopic): MissingText | undefined }>;
  /** Returns the connected account. */
  readonly readAccount: (site: Site, connection: Connection) => Promise<AccountState | undefined>;
  readonly now: () => UnixMs;
}

/** Returns the current state of a connection. */
export type ReadHealth = (site: Site, connection: Connection) => Promise<DeliveryHistory['connection']>;

/** Returns the timelines of all events of the site with this id: usually one. */
export async function getTimelines(
  site: Site,
  id: string,
  deps: TimelineDeps,
  readHealth: ReadHealth,
): Promise<readonly TimelineView[]> {
  const { log, store, getPlatform, getMatchKeyReport, readAccount, now } = deps;
  const primaries = await store.findEvents(site.id, id);
  const outcomes = await loadOutcomes(site, deps, primaries);
  const duplicateOffsets = await store.findDuplicatesByPrimary(site.id, primaries);
  return Promise.all(
    primaries.map(async (primary): Promise<TimelineView> => {
      const records = await log.get(site.id, [primary, ...(duplicateOffsets.get(primary) ?? [])]);
      const views = records.flatMap((record) => toView(record, site) ?? []);
      const event = views.find(({ offset }) => offset === primary) ?? null;
      const record = records.find(({ offset }) => offset === primary);
      const absent = event ? undefined : (await store.getAbsentReasons(site.id, [primary])).get(primary);
      const gone = event ? undefined : explainGone(record, absent);
      // The key of a record outlives its data.
      const ways = records.flatMap(({ key }) => {
        const { reporter, via } = parseEventKey(key);
        return reporter ? [{ reporter, via }] : [];
      });
      const [first] = ways;
      const sources = {
        reporters: ways.map(({ reporter }) => reporter),
        ...(first && { reportedBy: nameReporter(first, site) }),
      };
      const duplicates = views.filter(({ offset }) => offset !== primary);
      // The wait of an event from a spool begins when it is forwarded.
      const waitBeganAt = log.isFedBySpools ? record?.at : undefined;
      const report = await getMatchKeyReport(site.id, primary);
      const { recalled, explain } = report;
      const missing = selectMissingKeys(report.missing, site.connections.map(getPlatform));
      const considering = site.connections.filter(({ id }) => (event?.addedBy?.connection ?? id) === id);
      const isClockSuspect = now() > getClockTrustEnd(await store.getLastSweep(site.id));
      const isSeeminglyExpired = (one: EventView | null, { limits }: BoundDestination) =>
        isClockSuspect && one !== null && now() > getDeliveryDeadline(one.time, limits.maxAgeMs);
      const ownId = event?.name === 'Purchase' ? (event.commerce.orderId ?? event.id) : undefined;
      const orderId = event && isAdjustment(event) ? event.commerce.orderId : ownId;
      const refunded = event && isAdjustment(event) ? orderId : undefined;
      const uploads = orderId === undefined ? [] : await store.listOrderUploads(site.id, [orderId]);
      const delivered = refunded === undefined ? [] : await store.listDeliveredOrders(site.id, [refunded]);
      const refunds = refunded === undefined ? [] : await store.listRefunds(site.id, [refunded]);
      const findRefunded = ({ id: connection }: Connection): RefundedOrder => {
        const own = formatConsumerId(site.id, connection);
        const order = delivered.find(({ consumer }) => consumer === own)?.purchase;
        return { refunds, order: order ?? findUploadedOrder(uploads.filter(({ consumer }) => consumer === own)) };
      };
      const connections = considering.map(async (connection) => {
        const platform = getPlatform(connection);
        const { checkedAt, uncounted = [], ended } = (await readAccount(site, connection)) ?? {};
        const reports = [event, ...duplicates].flatMap((report) => report ?? []);
        const known =
          outcomes.get(primary)?.find((one) => one.connection === connection.id) ??
          createUnsentOutcome(connection.id, 'undelivered');
        const [deferred] =
          known.outcome === 'waiting'
            ? await store.getDeferredDeliveries(formatConsumerId(site.id, connection.id), [primary])
            : [];
        const attempts = (await store.listAttempts(formatConsumerId(site.id, connection.id), primary)).map((attempt) => ({
          ...attempt,
          payload: platform.unpack(attempt.body)[attempt.offsets.indexOf(primary)] ?? null,
          result: attempt.settled?.result ?? ('unanswered' as const),
        }));
        const { upload, ...outcome }: LateOutcome & { readonly waitsUntil?: number } =
          gone && duplicates.length === 0 && attempts.length === 0
            ? explainGoneOutcome(known, gone)
            : deferred
              ? {
                  ...known,
                  says: explainWait(deferred, reports, waitBeganAt, isSeeminglyExpired(event, platform)),
                  waitsUntil: deferred.dueAt,
                }
              : known.outcome === 'undelivered'
                ? { ...known, says: explainUnsettled(attempts) }
                : explainLateUpload(
                    explainRefund(explainSkip(known, reports, platform.skipTexts), findRefunded(connection)),
                    uploads.filter((one) => one.offset === primary && one.consumer === formatConsumerId(site.id, connection.id)),
                    { maxAgeMs: platform.late?.maxAgeMs, now: now(), remedy: ended?.message, skipTexts: platform.skipTexts },
                  );
        const missingKeys = explainPayload(attempts.findLast(({ payload }) => payload !== null)?.payload, platform, explain);
        const checks = platform.whyNot({
          ...sources,
          ...outcome,
          attempts,
          missing: missingKeys,
          ...(upload !== undefined && { upload }),
          ...(isCheckValid(checkedAt, now()) && { goals: { checkedAt, uncounted } }),
          connection: await readHealth(site, connection),
          now: now(),
        });
        return {
          ...outcome,
          platform: platform.name,
          attempts: await Promise.all(
            attempts.map(async (attempt) =>
              toAttemptView(attempt, platform, await findReceipt(store, site, connection, attempt)),
            ),
          ),
          uploads: describeUploads(uploads, {
            consumer: formatConsumerId(site.id, connection.id),
            ...(refunded !== undefined && { refund: primary }),
          }),
          missing: missingKeys,
          steps: explainSteps({
            ...outcome,
            consent: event?.consent,
            isWithoutPerson: event !== null && isStoredWithoutPerson(event),
            ...sources,
            attempts: attempts.map(({ result, settled }) => ({
              result,
              ...(settled?.status !== undefined && { status: settled.status }),
            })),
            checks,
            ...(upload !== undefined && { upload }),
          }),
          checks: [...checks],
        };
      });
      return {
        event,
        ...(gone && toGoneParts(gone, record, site)),
        copies: duplicates,
        recalled,
        missing,
        connections: await Promise.all(connections),
      };
    }),
  );
}

/** Returns the parts of a timeline without the event's data: why it is gone, and what the key of the record has. */
function toGoneParts(
  { reason, says }: GoneView,
  record: LogRecord | undefined,
  site: Site,
): Pick<TimelineView, 'reason' | 'says' | 'record'> {
  if (!record) return { reason, says };
  const { name, reporter, via } = parseEventKey(record.key);
  const source = reporter && { reporter, reportedBy: nameReporter({ reporter, via }, site) };
  return { reason, says, record: { name, receivedAt: record.at, ...source } };
}

/** Leaves out the click ids of platforms that the site does not use, and further click ids of a platform. */
export function selectMissingKeys(
  missing: TimelineView['missing'],
  platforms: readonly { readonly matching: Pick<Matching, 'clickIds'> }[],
): TimelineView['missing'] {
  const keys = new Set<string>(missing.map(({ key }) => key));
  const shown = platforms.flatMap(({ matching: { clickIds } }) =>
    clickIds.every(({ name }) => keys.has(name)) ? (clickIds[0]?.name ?? []) : [],
  );
  return missing.filter(({ key }) => !isClickIdKey(key) || shown.includes(key));
}

/** Returns the receipt of a request that awaits a verdict. */
async function findReceipt(
  store: Store,
  site: Site,
  connection: Connection,
  { id, result }: ListedAttempt,
): Promise<Receipt | undefined> {
  return result === 'awaiting-verdict' ? store.getReceipt(formatConsumerId(site.id, connection.id), id) : undefined;
}

/** Returns the platform's match keys that a payload lacks, with the reasons. */
function explainPayload(
  payload: Json | undefined,
  { matching: { keys } }: BoundDestination,
  explain: (topic: MatchTopic) => MissingText | undefined,
): TimelineView['connections'][number]['missing'] {
  if (payload === undefined) return [];
  const found = new Set(findMatchKeys(payload, keys));
  return keys.flatMap((kind) => {
    const { key, label, paths } = kind;
    const [path = ''] = paths;
    return found.has(kind) ? [] : [{ key, label, path, ...(explain(kind) ?? unknownReason) }];
  });
}

const unknownReason: MissingText = { says: 'It was not known when the event was sent.', remedy: '' };

type ListedAttempt = AttemptRecord & { readonly payload: Json; readonly result: AttemptView['result'] };

function toAttemptView(
  { id, startedAt, offsets, bodySha256, payload, result, settled }: ListedAttempt,
  platform: BoundDestination,
  receipt: Receipt | undefined,
): AttemptView {
  const request = payload === null ? undefined : platform.show(payload);
  const { status, answer, issues = [] } = settled ?? {};
  return {
    id,
    startedAt,
    events: offsets.length,
    bodySha256,
    ...(request && { request: { ...request, body: maskClickIds(request.body) } }),
    payload: payload === null ? null : mapTexts(platform.mask(payload), maskClickIds),
    result,
    ...(receipt && {
      receipt: { ticket: receipt.ticket, receivedAt: receipt.receivedAt, asks: receipt.asks, askAt: receipt.askAt },
    }),
    ...(status !== undefined && { status }),
    ...(answer !== undefined && { answer }),
    issues,
  };
}

function toView(record: LogRecord, site: Site): EventView | undefined {
  const event = parseRecord(record);
  return event && toEventView(event, record.offset, site);
}
