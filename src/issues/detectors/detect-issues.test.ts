import { expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { createConnectionInput, createFacts, createSiteFacts, gibiByte, now } from '../facts/facts.fixture.ts';
import type { Facts, SiteSetup } from '../facts/facts.ts';
import { toConnectionMoney } from '../facts/money.ts';
import { detectIssues } from './detect-issues.ts';

const detect = (facts: Facts, listThresholds: () => readonly number[] = () => []) =>
  detectIssues(facts, { now, listThresholds, open: new Set() });
const keys = (facts: Facts) => detect(facts).issues.map(({ key, severity }) => `${severity} ${key}`);
const paused = { pause: { cause: 'blocked', since: now - 1_000 } } as const;
const euros = (amount: number) => [{ amount, currency: 'EUR' }];

it('a connection that works as it should has no issue', () => {
  expect(keys(createFacts([createSiteFacts([createConnectionInput()])]))).toEqual([]);
});

it('a connection is behind when its events wait since their receipt, not since they happened', () => {
  const detectWaiting = (waitingSince: number) =>
    keys(createFacts([createSiteFacts([createConnectionInput({ waiting: 1, oldest: now - 2 * dayMs, waitingSince })])]));
  expect(detectWaiting(now - 1_000)).toEqual([]);
  expect(detectWaiting(now - 7 * hourMs)).toEqual(['warning delivery/shop/bing']);
});

it('a state is an issue from its first moment, and a figure from the first threshold that is reached', () => {
  const facts = createFacts([
    createSiteFacts([createConnectionInput({ ...paused, deadLetters: 1, day: { sent: 97, dead: 3 } })]),
  ]);
  expect(keys(facts)).toEqual(['warning delivery/shop/bing', 'note dead-letters/shop/bing']);
  const page = '/sites/shop/destinations/bing';
  expect(detect(facts).issues).toMatchObject([
    { action: { label: 'Correct settings', path: `${page}?tab=settings` } },
    { action: { label: 'Review failed events', path: `${page}?tab=failed` } },
  ]);
  const figures = createFacts([createSiteFacts([createConnectionInput({ day: { sent: 97, dead: 3 } })])]);
  expect(keys(figures)).toEqual([]);
  expect(detect(figures, () => [0.02]).issues).toMatchObject([{ key: 'rejected-share/shop/bing' }]);
});

it('issues come by severity, then with money, then those that need a person, then by events', () => {
  const connections = [
    createConnectionInput({ connection: 'few', ...paused, waiting: 1 }),
    createConnectionInput({ connection: 'many', ...paused, waiting: 9 }),
    createConnectionInput({ connection: 'retried', failures: 3, waiting: 99, isRetried: true }),
    createConnectionInput({ connection: 'costly', ...paused, waiting: 1, money: { waiting: euros(3), dead: [] } }),
    createConnectionInput({ connection: 'late', waiting: 1, oldest: now - 6 * dayMs }),
    createConnectionInput({ connection: 'failed', deadLetters: 2, deadPurchases: 0 }),
  ];
  expect(detect(createFacts([createSiteFacts(connections)])).issues.map(({ connection }) => connection)).toEqual([
    ...['late', 'costly', 'many', 'few', 'retried', 'failed'],
  ]);
});

it('a cluster in which nothing is delivered is one issue, except for connections that are about to lose events', () => {
  const down = { health: 'unhealthy', trouble: { now: 'gets no events', since: 'has received no events' } } as const;
  const connections = [
    createConnectionInput({ connection: 'one', ...down, waiting: 2, money: { waiting: euros(2), dead: [] } }),
    createConnectionInput({ connection: 'two', ...down, waiting: 3, money: { waiting: euros(5), dead: [] } }),
    createConnectionInput({ connection: 'late', ...down, waiting: 1, oldest: now - 6 * dayMs }),
  ];
  const { issues } = detect(createFacts([createSiteFacts(connections)], { undeliveredSince: now - hourMs }));
  expect(issues).toMatchObject([{ key: 'no-delivery', events: 6, money: euros(7) }, { key: 'delivery/shop/late' }]);
});

it('a gateway that refuses events has one issue of its disk, and each failing channel has its own', () => {
  const channel = { failingSince: now, problem: 'HTTP 500', isUnclear: false, missed: [] };
  const channels = [
    { ...channel, channel: 'ops' },
    { ...channel, channel: 'mail' },
  ];
  const full = createFacts([], { freeBytes: 1, refuses: 'everything', isDiskFull: true, channels });
  expect(keys(full)).toEqual(['urgent refusing', 'warning channel-failing/ops', 'warning channel-failing/mail']);
  const node = { id: 'n1', host: 'web-1' };
  expect(keys(createFacts([], { freeBytes: gibiByte, node }))).toEqual(['warning disk/n1']);
});

it('facts that were not read leave an issue as it was', () => {
  const { unknown } = detect(createFacts([createSiteFacts([createConnectionInput({ week: 'unread' })])]));
  expect([...unknown]).toEqual(expect.arrayContaining(['accuracy/shop/bing', 'goal-missing/shop/bing', 'setup/shop']));
});

it('the settings and the setup of a site are issues, and a site without events needs no connection yet', () => {
  const setup: SiteSetup = {
    connections: [],
    counts: { received: 100, rejected: 20, unexplained: 0 },
    files: 2,
    steps: [{ id: 'consent-told', says: 'No consent is stated. Send it.' }],
  };
  const find = (more: Partial<SiteSetup>) => keys(createFacts([createSiteFacts([], { setup: { ...setup, ...more } })]));
  expect(find({})).toEqual([
    ...['warning no-connection/shop', 'note rejections/shop', 'note exports/shop', 'note setup/shop/consent-told'],
  ]);
  const counts = { received: 0, rejected: 0, unexplained: 0 };
  expect(find({ counts, files: 0, steps: [] })).toEqual([]);
  const connection = { id: 'bing', destination: 'microsoft', isEnabled: false, isOfDashboard: true };
  expect(find({ counts, files: 0, steps: [], connections: [connection] })).toEqual(['note connections-disabled/shop']);
  expect(find({ counts, files: 0, steps: [], connections: [{ ...connection, isEnabled: true, problem: 'No token.' }] })).toEqual([
    'warning connection-invalid/shop/bing',
  ]);
});

it('a secret key that a page uses is an urgent issue, which an owner ends', () => {
  const distrustedKeys = [{ id: '9f86d081884c', name: 'secret key file-1', since: now - hourMs }];
  const counts = { received: 0, rejected: 0, unexplained: 0 };
  const setup = { connections: [], counts, files: 0, steps: [], distrustedKeys };
  expect(detect(createFacts([createSiteFacts([], { setup })])).issues).toMatchObject([
    {
      ...{ key: 'key-distrusted/shop/9f86d081884c', severity: 'urgent', since: now - hourMs },
      action: { path: '/sites/shop/settings' },
      remedy: expect.stringContaining('convey keys trust shop 9f86d081884c'),
    },
  ]);
});

it('a used-up budget hides the issue of a part of it', () => {
  const budget = { ...createSiteFacts([]).budget, bytes: { used: 10, limit: 10 }, links: { used: 5, limit: 5 } };
  expect(keys(createFacts([createSiteFacts([], { budget })]))).toEqual([
    'urgent budget-used-up/shop',
    'note new-data-budget/shop/links',
  ]);
});

it('an issue of refused events counts none, and says so', () => {
  const refused = {
    isUncounted: true,
    events: 0,
    figures: expect.arrayContaining([{ label: 'Refused events', value: 'not counted' }]),
  };
  for (const isDiskFull of [true, false])
    expect(detect(createFacts([], { refuses: 'everything', isDiskFull })).issues).toMatchObject([
      { kind: 'refusing', ...refused },
    ]);
  const nearlyFull = detect(createFacts([], { freeBytes: 1 })).issues;
  expect(nearlyFull).toMatchObject([{ kind: 'disk', events: 0 }]);
  expect(nearlyFull[0]).not.toHaveProperty('isUncounted');
});

it('the sentence of a backlog says that the orders of its newest events are not read', () => {
  const describe = (unreadMs: number | undefined) => {
    const money = toConnectionMoney({ waiting: [{ currency: 'EUR', orders: 1, amount: 5 }], deadLetters: [] }, unreadMs);
    return detect(createFacts([createSiteFacts([createConnectionInput({ ...paused, waiting: 3, money })])])).issues[0]?.sentence;
  };
  expect(describe(undefined)).toMatch(/3 events wait, worth EUR\s5\.00\.$/);
  expect(describe(1_000)).toMatch(/worth at least EUR\s5\.00\.$/);
  expect(describe(hourMs)).toMatch(/at least EUR\s5\.00 \(without the orders of the newest, which are not read yet\)\.$/);
});

it('goals that cannot be checked until a person acts are an issue, unless the whole access has ended', () => {
  const since = now - hourMs;
  const unchecked = { since, message: 'Sign in as the owner.' };
  const detectAccount = (account: object) => {
    const connection = createConnectionInput({ account: { uncounted: [], ...account } });
    return detect(createFacts([createSiteFacts([connection])])).issues;
  };
  expect(detectAccount({ unchecked })).toMatchObject([{ kind: 'goals-unchecked', since, severity: 'warning' }]);
  expect(detectAccount({ unchecked, ended: unchecked })).toMatchObject([{ kind: 'account-ended' }]);
  expect(detectAccount({ unsent: unchecked })).toMatchObject([{ kind: 'refunds-unsent', severity: 'warning' }]);
  expect(detectAccount({ unsent: unchecked, ended: unchecked })).toMatchObject([{ kind: 'account-ended' }]);
  expect(detectAccount({})).toEqual([]);
});

it('late purchases that wait for the access are counted with their money and their end, and lost ones are an issue', () => {
  const money = [{ amount: 125.4, currency: 'EUR' }];
  const detectAccount = (account: object) => {
    const connection = createConnectionInput({ account: { uncounted: [], ...account } });
    return detect(createFacts([createSiteFacts([connection])])).issues;
  };
  const ended = { since: now - hourMs, message: 'Sign in again.' };
  const waiting = { purchases: 2, money, losesAt: now + 20 * dayMs };
  const counted = { events: 2, money, losesAt: now + 20 * dayMs };
  const text =
    /Sign in again\..* 2 late purchases wait to be uploaded, worth EUR\s125\.40\. The platform takes the oldest for 20 days more\.$/;
  expect(detectAccount({ ended, waiting })).toMatchObject([
    { kind: 'account-ended', severity: 'warning', sentence: expect.stringMatching(text), ...counted },
  ]);
  expect(detectAccount({ unsent: ended, waiting })).toMatchObject([{ kind: 'refunds-unsent', ...counted }]);
  expect(detectAccount({ ended, waiting: { ...waiting, losesAt: now + dayMs } })).toMatchObject([{ severity: 'urgent' }]);
  // Uploads that Convey sends soon are no problem.
  expect(detectAccount({ waiting })).toEqual([]);
  expect(detectAccount({ lost: { purchases: 1, money, isPartial: true } })).toMatchObject([
    {
      ...{ kind: 'uploads-lost', severity: 'warning', events: 1, money },
      sentence: expect.stringMatching(/^1 late purchase could not be uploaded to .* in time, worth at least EUR\s125\.40\. /),
    },
  ]);
});

it('late purchases that a disabled connection lost are an issue too', () => {
  const lost = { purchases: 2, money: [{ amount: 9, currency: 'EUR' }] };
  const lostWhileDisabled = [{ connection: 'bing', name: 'Microsoft Advertising', lost }];
  expect(detect(createFacts([createSiteFacts([], { lostWhileDisabled })])).issues).toMatchObject([
    {
      ...{ kind: 'uploads-lost', severity: 'warning', events: 2, connection: 'bing' },
      sentence: expect.stringMatching(
        /^2 late purchases could not be uploaded to Microsoft Advertising in time, worth EUR\s9\.00\. /,
      ),
    },
  ]);
});
