import { dayMs, type UnixMs } from '../../event/units.ts';
import { findFailureFact } from '../../net/failure-code.ts';
import { type ConsumerId, parseConsumerId } from '../../storage/ports/consumer-id.ts';
import { type DeliveryErrors, errorBucketMs, maxErrorPairs, otherError } from '../../storage/ports/delivery-errors.ts';
import type { Store } from '../../storage/ports/store.ts';
import { describeWhole } from './count-period.ts';
import type { ConnectionErrorsView } from './schemas.ts';

const maxPoints = 60;
const maxRows = 50;
const maxPeriodMs = 400 * dayMs;
/** The number of the newest failed events whose reasons are read for the words of a code. */
const explainedLetters = 1_000;

type ErrorStore = Pick<Store, 'getDeliveryErrors' | 'getCountedSince' | 'groupDeadLetters' | 'getConnectionState'>;
type ErrorRow = Omit<ConnectionErrorsView['names'][number], 'name' | 'says'>;

/** The counts do not tell the reasons apart. */
const explainedOther = `Texts that are long, have special characters, or came after about ${maxErrorPairs} others in an hour are counted together. The failed events have them.`;

interface ErrorPeriod {
  readonly since: UnixMs;
  readonly until: UnixMs;
  readonly stepMs: number;
}

/** Returns the errors of a connection in a period and in the period before. */
export async function getConnectionErrors(
  consumer: ConsumerId,
  store: ErrorStore,
  asked: { readonly since?: UnixMs | undefined; readonly until?: UnixMs | undefined },
  now: UnixMs,
): Promise<ConnectionErrorsView> {
  const period = toErrorPeriod(asked, now);
  const { since, until, stepMs } = period;
  const lengthMs = until - since;
  const beganAt = Math.max(0, since - lengthMs);
  const [found, earlier, counted, explain] = await Promise.all([
    store.getDeliveryErrors(consumer, since, until, stepMs),
    store.getDeliveryErrors(consumer, beganAt, since, Math.max(1, since - beganAt)),
    store.getCountedSince(parseConsumerId(consumer).site),
    createExplainer(consumer, store),
  ]);
  // The release that counts money is the first one that counts errors.
  const { moneySince: countedSince } = describeWhole(counted, since);
  const isComparable = countedSince !== undefined && countedSince <= since - lengthMs;
  const known = isComparable ? earlier : undefined;
  return {
    since,
    until,
    stepMs,
    ...(countedSince !== undefined && { countedSince }),
    ...omitTimes(summarize(found, known, period)),
    codes: group(found, known, period, ({ code }) => code).map(([code, row]) => {
      const says = explain(code);
      return { code, ...(says !== undefined && { says }), ...row };
    }),
    names: group(found, known, period, ({ name }) => name).map(([name, row]) => ({
      name,
      ...(name === otherError && { says: explainedOther }),
      ...row,
    })),
  };
}

/** Returns whole buckets, at most `maxPoints`, that contain the period. */
export function toErrorPeriod(
  { since, until }: { readonly since?: UnixMs | undefined; readonly until?: UnixMs | undefined },
  now: UnixMs,
): ErrorPeriod {
  const end = Math.ceil((until ?? now) / errorBucketMs) * errorBucketMs;
  const asked = since ?? end - dayMs;
  const begin = Math.max(0, Math.min(asked, end - errorBucketMs), end - maxPeriodMs);
  const hours = Math.max(1, Math.ceil((end - begin) / errorBucketMs));
  const stepMs = Math.ceil(hours / maxPoints) * errorBucketMs;
  const points = Math.ceil((end - begin) / stepMs);
  return { since: Math.max(0, end - points * stepMs), until: end, stepMs };
}

function group(
  found: readonly DeliveryErrors[],
  earlier: readonly DeliveryErrors[] | undefined,
  period: ErrorPeriod,
  getKey: (one: DeliveryErrors) => string,
): readonly (readonly [string, ErrorRow])[] {
  const before = earlier && Map.groupBy(earlier, getKey);
  return [...Map.groupBy(found, getKey)]
    .map(([key, some]) => [key, summarize(some, before && (before.get(key) ?? []), period)] as const)
    .toSorted(([, a], [, b]) => b.events - a.events)
    .slice(0, maxRows);
}

function summarize(
  found: readonly DeliveryErrors[],
  earlier: readonly DeliveryErrors[] | undefined,
  { since, until, stepMs }: ErrorPeriod,
): ErrorRow {
  const trend = Array.from({ length: Math.ceil((until - since) / stepMs) }, () => 0);
  for (const { interval, events } of found) trend[interval] = (trend[interval] ?? 0) + events;
  return {
    events: sumEvents(found),
    ...(earlier && { before: sumEvents(earlier) }),
    firstAt: Math.min(...found.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...found.map(({ lastAt }) => lastAt)),
    trend,
  };
}

function omitTimes({ firstAt: _firstAt, lastAt: _lastAt, ...row }: ErrorRow): Omit<ErrorRow, 'firstAt' | 'lastAt'> {
  return row;
}

function sumEvents(some: readonly DeliveryErrors[]): number {
  return some.reduce((sum, { events }) => sum + events, 0);
}

/** Returns a function that says a code in the words that Convey already has: of the current pause, of failed events, or of the network. */
async function createExplainer(
  consumer: ConsumerId,
  store: Pick<Store, 'groupDeadLetters' | 'getConnectionState'>,
): Promise<(code: string) => string | undefined> {
  const [state, groups] = await Promise.all([
    store.getConnectionState(consumer),
    store.groupDeadLetters(consumer, explainedLetters),
  ]);
  const issues = [...(state?.pause ? [state.pause.issue] : []), ...groups.flatMap(({ sample }) => sample.issues.slice(-1))];
  return (code) => {
    const message = issues.find((issue) => issue.code === code)?.message;
    if (code === otherError) return message ?? explainedOther;
    const fact = findFailureFact(code);
    return message ?? (fact === undefined ? undefined : `${fact.charAt(0).toUpperCase()}${fact.slice(1)}.`);
  };
}
