import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toStoredAccount } from '../../activity/stored-account.ts';
import { buildConnectionState, start } from '../../delivery/delivery.fixture.ts';
import { sampleIssue } from '../../delivery/tiny-platform.fixture.ts';
import { formatEventKey } from '../../event/event-key.ts';
import { dayMs, formatUtc, hourMs, minuteMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import { createTestClient, openApi, shop } from '../api.fixture.ts';
import { describeConnectionHealth } from './connection-health.ts';

let api: Awaited<ReturnType<typeof openApi>>;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.dispose());

async function commit(state: Partial<ConnectionState>, more: Partial<DeliveryCommit> = {}): Promise<void> {
  const lease = await api.store.acquireLease('shop/bing', 'one', hourMs);
  if (!lease) throw new Error('nobody else runs it');
  await api.store.commitDelivery(lease, { state: buildConnectionState(state), ...more });
}

async function view(now = start) {
  const [bing] = await createTestClient(api.app({ now: () => now }))('GET /api/connections');
  if (!bing) throw new Error('there are two');
  return bing;
}

/** Indexes an event after the connection's cursor, with a time `agoMs` before `start`. */
async function addUndelivered(agoMs: number): Promise<void> {
  const lease = await api.store.acquireLease('identity:shop', 'one', hourMs);
  if (!lease) throw new Error('nobody else runs it');
  const time = start - agoMs;
  const consent = { stated: 'granted', effective: 'granted' } as const;
  const report = { name: 'Lead', id: 'l', reporter: 'server' } as const;
  const [appended] = await api.log.append([{ partition: 'shop', key: formatEventKey(report), bytes: Buffer.from('{}') }]);
  const offset = appended && 'offset' in appended ? appended.offset : '';
  const row = { ...report, offset, receivedAt: time, time, consent, keys: [] } as const;
  const reports = [{ ...report, offset, at: start, keepUntil: start }];
  await api.store.commitIdentity(lease, { site: 'shop', cursor: offset, reports, index: [row], now: start });
}

const pause = (cause: 'operator' | 'blocked', probeAt: number | null) => ({
  cause,
  issue: sampleIssue,
  since: start - 5,
  probeAt,
});
const breaker = { failures: 6, recent: [], failedProbes: 1, notBefore: start + minuteMs };

describe('a connection', () => {
  it('is described as delivering once a platform received an event', () => {
    const state = buildConnectionState({ takenAt: start });
    const says = [0, 1].map(
      (delivered) => describeConnectionHealth({ enabled: true, state, counts: { delivered }, waiting: 0 }, start).says,
    );
    expect(says).toEqual([expect.stringMatching(/^Not yet confirmed\. No event was delivered yet\./), 'Delivering.']);
  });

  it('is unhealthy with the error while its consumer crashes, even if the store does not have the crash', async () => {
    const crash = { error: 'Cannot read package config: too many open files.', since: start };
    const unhealthy = {
      health: 'unhealthy',
      says: 'Nothing is sent because of an error: Cannot read package config: too many open files. Convey tries again every 5 s. An event waits until it is too old for the platform. Look for `consumer crashed` in the log.',
    };
    const options = { now: () => start, getCrash: () => crash };
    const [bing] = await createTestClient(api.app(options))('GET /api/connections');
    expect(bing).toMatchObject(unhealthy);
    await commit({ crash });
    expect(await view()).toMatchObject(unhealthy);
    await commit({});
    expect((await view()).health).toBe('unconfirmed');
  });

  it('is not confirmed while idle and new', async () => {
    await commit({});
    expect(await view()).toEqual({
      site: 'shop',
      id: 'bing',
      platform: 'Tiny',
      isLive: false,
      isTest: false,
      destination: 'tiny',
      health: 'unconfirmed',
      says: 'Not yet confirmed. No event was delivered yet. Test the connection, or send a test event.',
      counts: { waiting: 0 },
      inDoubt: 0,
      lag: { events: 0, ms: 0 },
      waiting: 0,
      deferred: 0,
      deadLetters: 0,
      deadPurchases: 0,
    });
  });

  it('is paused by an operator, with the time', async () => {
    await commit({ pause: pause('operator', null) });
    expect(await view()).toMatchObject({
      health: 'paused',
      pausedSince: start - 5,
      says: expect.stringContaining('An event waits until it is too old for the platform.'),
    });
    expect(await view()).not.toHaveProperty('nextTryAt');
  });

  it('is not said to be paused by the person who has the name of a removed operator', async () => {
    const account = { role: 'owner', sites: [], password: 'stretched', createdAt: 1 } as const;
    for (const name of ['ada', 'anna']) await api.store.addAccount({ ...account, name });
    const by = { account: toStoredAccount(await api.store.listAccountIds(), 'anna') };
    await commit({ pause: { ...pause('operator', null), by } });
    expect(await view()).toMatchObject({ says: expect.stringContaining('The operator anna paused the connection') });
    await api.store.removeAccount('anna');
    await api.store.addAccount({ ...account, name: 'anna', createdAt: start });
    for (const stored of [by, { account: 'anna' }]) {
      await commit({ pause: { ...pause('operator', null), by: stored } });
      expect(await view()).toMatchObject({ says: expect.stringContaining('An operator whose account was removed paused') });
    }
  });

  it('is unhealthy if the platform refuses it or does not respond, with the time of the next attempt', async () => {
    await commit({ pause: pause('blocked', start + 15 * minuteMs) });
    expect(await view()).toMatchObject({ health: 'unhealthy', nextTryAt: start + 15 * minuteMs });
    await commit({ breaker });
    expect(await view()).toMatchObject({
      health: 'unhealthy',
      nextTryAt: start + minuteMs,
      says: expect.not.stringMatching(/\bin \d/),
    });
    await commit({ breaker: { ...breaker, failures: 1, failedProbes: null } });
    expect(await view()).toMatchObject({ health: 'degraded', nextTryAt: start + minuteMs });
  });

  it('is degraded for a day after many events that only browsers reported were rejected', async () => {
    const browser = { verdicts: '1'.repeat(51), rejectedAt: start };
    await commit({ browser: { ...browser, verdicts: '1'.repeat(50) } });
    expect(await view()).toMatchObject({ health: 'unconfirmed' });
    await commit({ browser });
    const seen = await view();
    expect(seen).toMatchObject({ health: 'degraded', says: expect.stringMatching(/only browsers reported.*failed events/) });
    expect(seen).not.toHaveProperty('pausedSince');
    expect(await view(start + dayMs)).toMatchObject({ health: 'unconfirmed' });
    await commit({ browser, pause: pause('operator', null) });
    expect(await view()).toMatchObject({ health: 'paused' });
  });

  it("is degraded after the mapping made a payload that the platform's schema refuses", async () => {
    await commit({ misfitAt: start });
    const seen = await view(start + 30 * dayMs);
    expect(seen).toMatchObject({ health: 'degraded', says: expect.stringMatching(/fault of Convey.*Such events fail/) });
    expect(seen).not.toHaveProperty('pausedSince');
    await commit({ misfitAt: start, pause: pause('operator', null) });
    expect(await view()).toMatchObject({ health: 'paused' });
  });

  it('warns two days before an event becomes too old', async () => {
    const lost = start + 7 * dayMs - hourMs;
    await addUndelivered(0);
    await commit({ pause: pause('operator', null) });
    const early = await view(lost - 2 * dayMs - 1);
    expect(early).not.toHaveProperty('losesAt');
    expect(early.says).toContain(`No event is lost before ${formatUtc(lost)} UTC, when the oldest becomes too old`);
    const warned = await view(lost - 2 * dayMs);
    expect(warned).toMatchObject({ losesAt: lost, health: 'paused' });
    expect(warned.says).toMatch(/too old for the platform on .* UTC .*Resume the connection before then\.$/);
    expect(warned.says).not.toContain('No event is lost');
    await commit({});
    expect(await view(lost - hourMs)).toMatchObject({ losesAt: lost, health: 'degraded' });
    expect((await view(lost + 1)).says).toContain('too old for the platform now and are then lost to it');
    await api.store.saveLastSweep('shop', { at: lost - 2 * dayMs });
    expect((await view(lost + 1)).says).toMatch(/seem too old for the platform, but the clock/);
  });

  it('counts waiting events and failed events, including expired ranges', async () => {
    const deadLetter = {
      cause: 'rejected',
      issues: [],
      eventName: 'Lead',
      eventId: 'l',
      bytes: new Uint8Array(),
      at: 1,
    } as const;
    await commit(
      {},
      {
        putDeferred: [{ offset: '1', reason: 'retry', dueAt: start, tries: 1 }],
        deadLetters: [
          { ...deadLetter, offset: '2' },
          { ...deadLetter, offset: '20', eventName: 'Purchase' },
        ],
        expired: { after: '3', lastOffset: '9', events: 5, at: start },
      },
    );
    expect(await view()).toMatchObject({ waiting: 1, deferred: 1, lag: { events: 1 }, deadLetters: 7, deadPurchases: 1 });
  });

  it('has no lag if it is disabled or never ran', async () => {
    await addUndelivered(0);
    expect(await view()).toMatchObject({ says: 'Starting.', lag: { events: 0, ms: 0 } });
    const connections = shop.connections.map((one) => ({ ...one, enabled: false }));
    const [disabled] = await createTestClient(api.app({ sites: () => [{ ...shop, connections }] }))('GET /api/connections');
    expect(disabled).toMatchObject({ health: 'disabled', deadLetters: 0 });
  });
});
