import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { buildConnectionState, start } from '../../delivery/delivery.fixture.ts';
import { sampleIssue } from '../../delivery/tiny-platform.fixture.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import { openApi, shop } from '../api.fixture.ts';
import { readValues, startMetrics } from './metrics.fixture.ts';

let api: Awaited<ReturnType<typeof openApi>>;
let sites = [shop];
beforeEach(async () => {
  api = await openApi();
  sites = [shop];
});
afterEach(() => api.dispose());

async function commit(state: Partial<ConnectionState>, more: Partial<DeliveryCommit> = {}): Promise<DeliveryCommit> {
  const lease = await api.store.acquireLease('shop/bing', 'one', hourMs);
  if (!lease) throw new Error('nobody else runs it');
  const delta = { state: buildConnectionState(state), ...more };
  await api.store.commitDelivery(lease, delta);
  return delta;
}

/** Indexes an event after the connection's cursor. */
async function addUndelivered(time: number): Promise<void> {
  const lease = await api.store.acquireLease('identity:shop', 'one', hourMs);
  if (!lease) throw new Error('nobody else runs it');
  const consent = { stated: 'granted', effective: 'granted' } as const;
  const row = { offset: '1', receivedAt: time, time, name: 'Lead', id: 'l', reporter: 'server', consent, keys: [] } as const;
  await api.store.commitIdentity(lease, { site: 'shop', cursor: '1', reports: [], index: [row], now: start });
}

const buildOutcome = (offset: string, became: EventOutcomeEntry['outcome']): EventOutcomeEntry => ({
  offset,
  outcome: became,
  issues: [],
});
const buildDeadLetter = (offset: string, cause: DeadLetter['cause']): DeadLetter => {
  return { offset, cause, issues: [sampleIssue], eventName: 'Lead', eventId: `e-${offset}`, bytes: Buffer.from('{}'), at: start };
};

it('an event is counted as received, and by its result', async () => {
  const metrics = startMetrics(api, { sites: () => sites });
  const { counters } = metrics;
  counters.countReceived('shop', 'server', 5);
  const issues = [{ code: 'name-missing' }, { code: 'in-future' }];
  counters.countResults('shop', 'server', {
    accepted: 2,
    duplicates: 1,
    rejected: [{ issues }, { issues: [{ code: 'jane@x' }] }],
  });
  counters.countRefused('not-accepting');
  expect(await readValues(metrics, 'convey_events_received_total')).toEqual({
    'site=shop,reporter=browser': 0,
    'site=shop,reporter=server': 5,
    'site=shop,reporter=webhook': 0,
  });
  expect(await readValues(metrics, 'convey_events_accepted_total')).toMatchObject({ 'site=shop,reporter=server': 2 });
  expect(await readValues(metrics, 'convey_events_duplicate_total')).toMatchObject({ 'site=shop,reporter=server': 1 });
  expect(await readValues(metrics, 'convey_events_rejected_total')).toEqual({
    'site=shop,reporter=server,reason=name-missing': 1,
    'site=shop,reporter=server,reason=other': 1,
  });
  expect(await readValues(metrics, 'convey_requests_refused_total')).toEqual({ 'reason=not-accepting': 1, 'reason=internal': 0 });
});

it('a commit of a connection is counted by the outcomes of its events', async () => {
  const metrics = startMetrics(api, { sites: () => sites });
  const settle = { id: 'a', at: start, result: 'peel', issues: [] } as const;
  metrics.counters.countCommit('shop/bing', {
    state: buildConnectionState({}),
    settle,
    outcomes: [
      buildOutcome('1', 'delivered'),
      buildOutcome('2', 'delivered'),
      buildOutcome('3', 'duplicate'),
      buildOutcome('4', 'dead'),
      buildOutcome('5', 'waiting'),
    ],
    deadLetters: [buildDeadLetter('4', 'rejected')],
    expired: { after: '5', lastOffset: '9', events: 3, at: start },
  });
  expect(await readValues(metrics, 'convey_events_delivered_total')).toEqual({
    'site=shop,connection=bing': 2,
    'site=shop,connection=other': 0,
  });
  expect(await readValues(metrics, 'convey_events_skipped_total')).toEqual({ 'site=shop,connection=bing,reason=duplicate': 1 });
  expect(await readValues(metrics, 'convey_events_dead_total')).toMatchObject({
    'site=shop,connection=bing,cause=rejected': 1,
    'site=shop,connection=bing,cause=expired': 3,
    'site=shop,connection=bing,cause=corrupt': 0,
  });
  expect(await readValues(metrics, 'convey_requests_settled_total')).toEqual({ 'site=shop,connection=bing,result=peel': 1 });
});

it('a refund counts as delivered only if the platform accepted a change for it', async () => {
  const metrics = startMetrics(api, { sites: () => sites });
  metrics.counters.countCommit('shop/bing', {
    state: buildConnectionState({}),
    outcomes: [buildOutcome('1', 'restated'), buildOutcome('2', 'restated'), buildOutcome('3', 'retracted')],
    restatedOrders: [{ orderId: '1001', offset: '0', left: 5_000 }],
  });
  expect(await readValues(metrics, 'convey_events_delivered_total')).toMatchObject({ 'site=shop,connection=bing': 1 });
});

it('a crash is counted by its consumer', async () => {
  const metrics = startMetrics(api, { sites: () => sites });
  for (const consumer of ['shop/bing', 'shop/bing', 'identity:shop']) metrics.counters.countCrash(consumer);
  expect(await readValues(metrics, 'convey_consumer_crashes_total')).toEqual({
    'site=shop,connection=': 1,
    'site=shop,connection=bing': 2,
    'site=shop,connection=other': 0,
  });
});

it('a verdict that comes later counts the events, and no further request', async () => {
  const metrics = startMetrics(api, { sites: () => sites });
  const state = buildConnectionState({});
  const count = (change: Omit<DeliveryCommit, 'state'>) => metrics.counters.countCommit('shop/bing', { state, ...change });
  count({
    settle: { id: 'a', at: start, result: 'awaiting-verdict', issues: [] },
    outcomes: [buildOutcome('1', 'awaiting-verdict'), buildOutcome('2', 'awaiting-verdict')],
  });
  count({
    settle: { id: 'a', at: start, result: 'delivered', issues: [] },
    endReceipt: 'a',
    outcomes: [buildOutcome('1', 'delivered'), buildOutcome('2', 'unverified')],
  });
  expect(await readValues(metrics, 'convey_events_delivered_total')).toMatchObject({ 'site=shop,connection=bing': 1 });
  expect(await readValues(metrics, 'convey_events_skipped_total')).toEqual({});
  expect(await readValues(metrics, 'convey_requests_settled_total')).toEqual({
    'site=shop,connection=bing,result=awaiting-verdict': 1,
  });
});

it('the gauges of a connection are the same after a restart', async () => {
  const pause = { cause: 'blocked', issue: sampleIssue, since: start - minuteMs, probeAt: start } as const;
  const breaker = { failures: 6, recent: [], failedProbes: 1, notBefore: start };
  await addUndelivered(start - 6 * dayMs);
  await commit(
    { pause, breaker, inDoubt: 7 },
    {
      putDeferred: [{ offset: '1', reason: 'retry', dueAt: start, tries: 1 }],
      deadLetters: [buildDeadLetter('2', 'rejected'), buildDeadLetter('3', 'corrupt')],
      counts: [
        { bucket: 0, outcome: 'delivered', events: 9 },
        { bucket: 0, outcome: 'dead', events: 2 },
      ],
    },
  );
  for (const metrics of [startMetrics(api, { sites: () => sites }), startMetrics(api, { sites: () => sites })]) {
    expect(await readValues(metrics, 'convey_connection_oldest_undelivered_seconds')).toMatchObject({
      'site=shop,connection=bing': (6 * dayMs) / 1_000,
      'site=shop,connection=other': 0,
    });
    expect(await readValues(metrics, 'convey_connection_paused')).toMatchObject({
      'site=shop,connection=bing,cause=blocked': 1,
      'site=shop,connection=bing,cause=operator': 0,
      'site=shop,connection=other,cause=blocked': 0,
    });
    expect(await readValues(metrics, 'convey_connection_breaker_open')).toMatchObject({ 'site=shop,connection=bing': 1 });
    expect(await readValues(metrics, 'convey_connection_waiting_events')).toMatchObject({ 'site=shop,connection=bing': 1 });
    expect(await readValues(metrics, 'convey_connection_dead_letters')).toMatchObject({ 'site=shop,connection=bing': 2 });
    expect(await readValues(metrics, 'convey_requests_in_doubt_total')).toMatchObject({ 'site=shop,connection=bing': 7 });
    expect(await readValues(metrics, 'convey_connection_events')).toMatchObject({
      'site=shop,connection=bing,outcome=delivered': 9,
      'site=shop,connection=bing,outcome=dead': 2,
    });
  }
});

it('lag is reported in records or events, and in seconds', async () => {
  await commit({ cursor: '' });
  // The second record is a signal.
  const keys = ['Lead', '$consent', 'Lead', 'Lead'].map((name, index) =>
    formatEventKey({ name, id: String(index), reporter: 'browser' }),
  );
  const appended = await api.log.append(keys.map((key) => ({ partition: 'shop', key, bytes: Buffer.from('{}') })));
  const [at, reporter, name] = [start, 'server', 'Lead'] as const;
  const seen = appended
    .slice(0, 3)
    .flatMap((one) =>
      'offset' in one ? [{ offset: one.offset, id: one.offset, at, name, reporter, keepUntil: start + dayMs }] : [],
    );
  const lease = await api.store.acquireLease('identity:shop', 'one', hourMs);
  if (!lease) throw new Error('nobody else runs it');
  await api.store.commitIdentity(lease, { site: 'shop', cursor: seen.at(-1)?.offset ?? '', reports: seen, now: start });
  const metrics = startMetrics(api, { at: start + 90_000, sites: () => sites });
  expect(await readValues(metrics, 'convey_identity_lag_records')).toEqual({ 'site=shop': 1 });
  expect(await readValues(metrics, 'convey_identity_lag_seconds')).toEqual({ 'site=shop': 90 });
  const ofBing = (value: number) => ({ 'site=shop,connection=bing': value, 'site=shop,connection=other': 0 });
  // The last record is not read by the identity consumer yet.
  expect(await readValues(metrics, 'convey_connection_lag_events')).toEqual(ofBing(4));
  expect(await readValues(metrics, 'convey_connection_waiting_events')).toEqual(ofBing(4));
  expect(await readValues(metrics, 'convey_connection_lag_seconds')).toEqual(ofBing(90));
  expect(await readValues(metrics, 'convey_log_records')).toEqual({ '': 4 });
});

it('a deleted site has no gauges, and keeps its counters', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const metrics = startMetrics(api, { sites: () => sites });
    metrics.counters.countReceived('shop', 'server', 2);
    expect(Object.keys(await readValues(metrics, 'convey_connection_enabled'))).toHaveLength(2);
    sites = [];
    vi.advanceTimersByTime(4_900);
    expect(Object.keys(await readValues(metrics, 'convey_connection_enabled'))).toHaveLength(2);
    vi.advanceTimersByTime(200);
    expect(await readValues(metrics, 'convey_connection_enabled')).toEqual({});
    expect(await readValues(metrics, 'convey_events_received_total')).toMatchObject({ 'site=shop,reporter=server': 2 });
  } finally {
    vi.useRealTimers();
  }
});
