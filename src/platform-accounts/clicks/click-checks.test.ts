import { beforeEach, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { PlatformGrant } from '../../storage/ports/platform-grants.ts';
import type { PlatformAccount, PlatformFailure, PlatformResult } from '../account-platform.ts';
import { microsoftAccounts } from '../microsoft/microsoft-accounts.ts';
import { ClickChecks } from './click-checks.ts';
import type { CapturedClicks } from './click-comparison.ts';
import type { PaidClicks, ReportDays } from './paid-clicks.ts';

const noon = Date.UTC(2026, 11, 2, 12);
const paid: PaidClicks = { clicks: [{ day: '2026-12-01', clickId: 'a', campaign: '7', keyword: 'shoes' }], withoutId: 0 };
let now: number;
let grant: PlatformGrant;
let dueAt: number;
let requested: ReportDays[];
beforeEach(() => {
  [now, dueAt, requested] = [noon, 0, []];
  grant = {
    ...{ id: 'g', site: 'shop', connection: 'bing', platform: 'microsoft', identityProvider: 'Microsoft', userName: 'o…' },
    ...{ scopes: [], account: { customerId: '7', accountId: '8' }, secret: 'sealed', revision: 1, createdAt: noon },
  };
});

type Read = PlatformResult<PaidClicks | 'pending' | 'failed'>;
/** Opens checks at a platform that answers each reading of a report with the next of `reads`. */
function open(
  reads: readonly Read[],
  request: PlatformResult<string> = { value: 'r-1' },
  captured: CapturedClicks | 'too-many' = {
    clicks: new Map([['a', { at: now, page: 'shop.example/' }]]),
    daysWithEvents: new Set(['2026-12-01']),
  },
) {
  const never = () => expect.fail('not called');
  const left = [...reads];
  const account: PlatformAccount = {
    ...{ readUserName: never, listAccounts: never, listTags: never, provideSettings: never, checkGoals: never, makeGoals: never },
    ...{ chooseUploadGoal: never, findUploadGoal: never, uploadConversions: never, readUploadReport: never },
    adjustConversions: never,
    adjustUploads: never,
    requestClickReport: async (_, days) => {
      requested.push(days);
      return request;
    },
    readClickReport: async () => left.shift() ?? { value: 'pending' },
  };
  return new ClickChecks({
    accounts: { find: () => microsoftAccounts, open: async () => account },
    store: {
      listDueClickChecks: async () => [grant],
      async claimClickCheck(_, at, ttlMs) {
        if (dueAt > at) return false;
        dueAt = at + ttlMs;
        return true;
      },
      async saveClickCheck(_, state, due) {
        grant = { ...grant, clickCheck: state };
        dueAt = due;
      },
    },
    download: never,
    readCaptured: async (site, kind, since) => {
      expect([site, kind, since]).toEqual(['shop', 'msclkid', Date.UTC(2026, 10, 25)]);
      return captured === 'too-many' ? undefined : captured;
    },
    keptMs: 8 * dayMs,
    now: () => now,
  });
}
const state = () => JSON.parse(grant.clickCheck ?? '{}');
const failure = (more: Partial<PlatformFailure> = {}) => ({ failure: { code: '106 Name', message: 'No right.', ...more } });

test('a report of the days whose events are kept is requested, awaited and compared, and asked for again the next day', async () => {
  const checks = open([{ value: 'pending' }, { value: paid }]);
  await checks.checkDue();
  expect(requested).toEqual([{ since: '2026-11-25', until: '2026-12-01' }]);
  await checks.checkDue();
  expect(state()).toEqual({ pending: { id: 'r-1', since: '2026-11-25', until: '2026-12-01', at: noon } });
  for (const _ of [1, 2]) {
    now = dueAt;
    await checks.checkDue();
  }
  expect(now).toBe(noon + 4 * minuteMs);
  expect(state()).toMatchObject({
    checkedAt: now,
    report: { days: { length: 7 }, pages: [{ page: 'shop.example/', captured: 1 }] },
  });
  expect(state()).not.toHaveProperty('pending');
  expect(grant.clickCheck).not.toContain('"a"');
  expect(new Date(dueAt).toISOString()).toBe('2026-12-03T04:00:00.000Z');
});

test('two gateways take one step', async () => {
  const checks = open([]);
  await Promise.all([checks.checkDue(), checks.checkDue()]);
  expect(requested).toHaveLength(1);
});

test('a failure keeps the last comparison, and is asked again within the hour if it is temporary', async () => {
  await open([{ value: paid }]).step(grant);
  await open([{ value: paid }]).step(grant);
  const { report } = state();
  await open([], failure()).step(grant);
  expect(state()).toEqual({ checkedAt: noon, report, failure: { code: '106 Name', message: 'No right.' } });
  expect(dueAt).toBe(Date.UTC(2026, 11, 3, 4));
  await open([], failure({ isPassing: true, isUnreached: true })).step(grant);
  expect(state().failure).toMatchObject({ isUnreached: true });
  expect(dueAt).toBe(noon + hourMs);
  await open([]).step(grant);
  expect(state()).not.toHaveProperty('failure');
});

test.each([
  ['that could not be fetched for now is read later', failure({ isPassing: true }), true],
  ['that was refused is requested again', failure(), false],
  ['that the platform could not make is requested again', { value: 'failed' } as const, false],
])('a report %s', async (_, read, isKept) => {
  await open([]).step(grant);
  await open([read]).step(grant);
  expect('pending' in state()).toBe(isKept);
  expect(state().failure.message).not.toBe('');
});

test('a report that the platform no longer keeps is requested again', async () => {
  await open([]).step(grant);
  now += 23 * hourMs;
  await open([{ value: paid }]).step(grant);
  expect(requested).toHaveLength(2);
});

test('a site with too many clicks says so', async () => {
  await open([]).step(grant);
  await open([{ value: paid }], undefined, 'too-many').step(grant);
  expect(state().failure.code).toBe('too-many-clicks');
});

test('at midnight a further whole day is kept', async () => {
  now = Date.UTC(2026, 11, 2);
  await open([]).step(grant);
  expect(requested).toEqual([{ since: '2026-11-24', until: '2026-12-01' }]);
});
