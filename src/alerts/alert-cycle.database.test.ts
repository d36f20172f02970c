import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPacedClock } from '../clock/paced-clock.fixture.ts';
import { type AlertChannel, alertsSchema } from '../config/alerts.ts';
import type { HttpRequest } from '../destinations/kit/destination.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../event/units.ts';
import { createLogger } from '../logger.ts';
import { openSqliteStore } from '../storage/store/sqlite/sqlite-store.ts';
import type { Store } from '../storage/store/store.ts';
import { updateAlerts } from './alert-cycle.ts';
import type { Finding } from './conditions.ts';
import { evaluateRules, type Judgement } from './evaluate-rules.ts';
import { createOutbox, findFailingChannels } from './outbox.ts';
import { startAlerts } from './start-alerts.ts';

/** Alerts from their beginning to their messages, in a store on the disk, with a clock that the test sets. */

const start = Date.parse('2026-11-25T13:10:00Z');
let dir: string;
let store: Store;
let now = start;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
  store = await openSqliteStore(join(dir, 'state.db'), { now: () => now });
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const none: ReadonlySet<string> = new Set();
const logger = createLogger('silent', { write: () => {} });
const finding = (since: number, more: Partial<Finding> = {}): Finding => ({
  title: 'shop/bing is paused',
  sentence: 'It is paused.',
  figures: [],
  path: '/',
  isUrgent: false,
  since,
  ...more,
});
const judge = (key: string, verdict: Judgement['verdict'], channels: readonly string[] = ['ops']): Judgement => ({
  key,
  on: 'paused',
  verdict,
  channels,
});
const update = (judgements: readonly Judgement[], node?: string, checksSite: (site: string) => boolean = () => true) =>
  updateAlerts(judgements, { store, logger, now, node, checksSite, channels: ['ops', 'mail', 'hook'] });
/** Returns the messages of an alert, the oldest first. */
const listMessages = async (key: string) =>
  (await store.listAlertMessages(500))
    .filter(({ id }) => id.startsWith(`${key}/`))
    .toReversed()
    .map(({ id, channel, state }) => `${id.slice(key.length + 1)} ${channel} ${state}`);

it('an alert that ends and returns within an hour is reported again in the next hour', async () => {
  const key = 'flapping';
  now = start;
  const since = start - minuteMs;
  await update([judge(key, finding(since))]);
  await update([judge(key, finding(since))]);
  await update([judge(key, 'unknown')]);
  expect(await listMessages(key)).toEqual(['2026-11-25T13 ops waiting']);
  await store.claimAlertMessage(`${key}/2026-11-25T13`, 'ops', now);
  await store.settleAlertMessage(`${key}/2026-11-25T13`, 'ops', { state: 'sent', claimedAt: now, dueAt: now });
  now += 10 * minuteMs;
  await update([judge(key, 'fine')]);
  now += minuteMs;
  await update([judge(key, finding(now))]);
  const once = ['2026-11-25T13 ops sent', '2026-11-25T13/end ops waiting'];
  expect(await listMessages(key)).toEqual(once);
  now = start + hourMs;
  await update([judge(key, finding(start + 11 * minuteMs))]);
  expect(await listMessages(key)).toEqual([...once, '2026-11-25T14 ops waiting']);
});

it('an alert that returns while its first message waits is reported at its real end as well', async () => {
  const key = 'returning';
  now = start;
  await update([judge(key, finding(now))]);
  now += minuteMs;
  await update([judge(key, 'fine')]);
  now += minuteMs;
  await update([judge(key, finding(now))]);
  expect(await listMessages(key)).toEqual(['2026-11-25T13/end ops waiting']);
  now = start + hourMs;
  await update([judge(key, finding(start + 2 * minuteMs))]);
  await store.claimAlertMessage(`${key}/2026-11-25T14`, 'ops', now);
  await update([judge(key, 'fine')]);
  expect(await listMessages(key)).toEqual([
    '2026-11-25T13/end ops waiting',
    '2026-11-25T14 ops sending',
    '2026-11-25T14/end ops waiting',
  ]);
});

it('a channel that is added while an alert is open gets the messages of its beginning and end', async () => {
  const key = 'extended';
  now = start;
  await update([judge(key, finding(now), [])]);
  expect(await listMessages(key)).toEqual([]);
  await update([judge(key, finding(now), ['ops'])]);
  await update([judge(key, 'unknown', ['mail', 'ops'])]);
  await update([judge(key, finding(now), ['mail', 'ops'])]);
  for (const channel of ['mail', 'ops']) await store.claimAlertMessage(`${key}/2026-11-25T13`, channel, now);
  await update([judge(key, 'fine', ['mail', 'ops'])]);
  expect((await listMessages(key)).toSorted()).toEqual([
    '2026-11-25T13 mail sending',
    '2026-11-25T13 ops sending',
    '2026-11-25T13/end mail waiting',
    '2026-11-25T13/end ops waiting',
  ]);
});

it('an alert that is muted or no longer watched ends without a message', async () => {
  const key = 'muted';
  now = start;
  await update([judge(key, finding(now))]);
  await update([]);
  expect(await listMessages(key)).toEqual([]);
  expect((await store.listOpenAlerts()).some((alert) => alert.key === key)).toBe(false);
});

it('an open alert has the present figures, and its messages those of its beginning', async () => {
  const key = 'growing';
  now = start;
  await update([judge(key, finding(now, { sentence: '3.9 GiB are free.' }))]);
  now += hourMs;
  await update([judge(key, finding(now, { sentence: '0.1 GiB are free.', title: 'other' }))]);
  const open = (await store.listOpenAlerts()).find((alert) => alert.key === key);
  expect(open?.content).toMatchObject({ sentence: '0.1 GiB are free.', title: 'shop/bing is paused', since: start });
  const [message] = (await store.listAlertMessages(500)).filter(({ id }) => id.startsWith(key));
  expect(message?.content).toMatchObject({ sentence: '3.9 GiB are free.' });
});

it('a disk that fills up is reported at once when events are refused, although its alert is open', async () => {
  now = start;
  const judgeDisk = (freeGib: number, refuses: 'nothing' | 'everything') => {
    const gateway = { freeBytes: freeGib * 1024 ** 3, refuses, channels: [], workingChannels: [] };
    return evaluateRules(
      { gateway, sites: [] },
      { rules: [{ on: 'disk' }], channels: [{ id: 'ops' }], mutes: [], open: none, now },
    );
  };
  await update(judgeDisk(10, 'nothing'));
  await update(judgeDisk(3, 'nothing'));
  now += hourMs;
  await update(judgeDisk(0, 'everything'));
  expect(await listMessages('disk:default')).toEqual(['2026-11-25T13 ops waiting', 'refused/2026-11-25T14 ops waiting']);
  now += hourMs;
  await update(judgeDisk(3, 'nothing'));
  const ended = (await store.listAlertMessages(500)).find(({ id }) => id === 'disk:default/refused/2026-11-25T14/end');
  expect(ended?.content).toMatchObject({ title: 'Events are accepted again', isUrgent: true });
});

it('a process leaves alerts of other processes open: of their sites, and of their disks while they check them', async () => {
  now = start;
  const other = { ...judge('theirs/site', finding(now)), site: 'other' };
  const disk = { ...judge('theirs/disk', finding(now)), node: 'b' };
  const listOpen = async () => (await store.listOpenAlerts()).map(({ key }) => key).filter((key) => key.startsWith('theirs'));
  await update([other, disk], 'b');
  await update([], 'a', (site) => site !== 'other');
  expect(await listOpen()).toEqual(['theirs/disk', 'theirs/site']);
  now += 29 * minuteMs;
  await update([other, disk], 'b');
  now += 29 * minuteMs;
  await update([], 'a', (site) => site !== 'other');
  expect(await listOpen()).toEqual(['theirs/disk', 'theirs/site']);
  now += 2 * minuteMs;
  await update([], 'a');
  expect(await listOpen()).toEqual([]);
});

it('a process checks the sites that it runs and its own disk, and leaves those of other processes alone', async () => {
  const shared = await openSqliteStore(join(dir, 'shared.db'), { now: () => start });
  const settings = {
    current: () => alertsSchema.parse({ rules: [{ on: 'disk' }] }),
    mutes: () => [],
    changedAt: () => 0,
  };
  const site = { id: 'other', name: 'Other', connections: [], accuracy: { alertUnder: null } };
  const runRound = async (node: string, held: readonly string[]) => {
    const clock = createPacedClock(1, start);
    const alerts = startAlerts({
      settings,
      sites: () => [site],
      holds: (id) => held.includes(id),
      node: { id: node, host: `web-${node}` },
      store: shared,
      readDisk: async () => ({ freeBytes: node === 'full' ? 0 : 100 * 1024 ** 3, refuses: 'nothing' }),
      getWeek: async () => new Map(),
      getMaxAgeMs: () => dayMs,
      send: async () => expect.unreachable(),
      allowPrivateDestinations: false,
      dashboardUrl: () => '',
      clock,
      logger,
    });
    clock.jump(minuteMs);
    await clock.pass(1);
    await alerts.stop();
    return (await shared.listOpenAlerts()).map(({ key }) => key);
  };
  const alert = { key: 'paused:default/other/bing', id: 'theirs', beganAt: start, channels: [] };
  await shared.beginAlert({ ...alert, content: { ...content, site: 'other' } }, []);
  expect((await runRound('full', [])).toSorted()).toEqual(['disk:default/full', alert.key]);
  expect((await runRound('empty', [])).toSorted()).toEqual(['disk:default/full', alert.key]);
  expect(await runRound('empty', ['other'])).toEqual(['disk:default/full']);
  await shared.close();
});

/** Creates an outbox whose channels respond with a status, or not at all. */
function openOutbox(
  status: () => number | undefined,
  channels: readonly AlertChannel[],
  respond = async (_url: string) => {},
  quietHours?: { readonly from: string; readonly to: string },
) {
  const requests: HttpRequest[] = [];
  const outbox = createOutbox({
    store,
    settings: () => ({ ...alertsSchema.parse({ quietHours }), channels: [...channels] }),
    dashboardUrl: () => 'https://convey.shop.example',
    logger,
    isOver: () => false,
    signal: new AbortController().signal,
    now: () => now,
    allowPrivateDestinations: false,
    send: async (request) => {
      requests.push(request);
      await respond(request.url);
      const found = status();
      return found === undefined
        ? { unknown: 'timeout' }
        : { response: { status: found, headers: {}, body: '', incomplete: false } };
    },
  });
  const send = async () => {
    await outbox.sendDue();
    await outbox.settle();
  };
  return { ...outbox, send, requests };
}
const slack: AlertChannel = { id: 'slack', type: 'slack', url: 'https://hooks.slack.com/x' };
const hook: AlertChannel = {
  id: 'hook',
  type: 'webhook',
  url: 'https://receiver.example/',
  secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`],
};
const content = {
  kind: 'began',
  on: 'paused',
  isUrgent: false,
  title: 'shop/bing is paused',
  sentence: 'It is paused.',
  figures: [],
  path: '/',
} as const;
const find = async (id: string, channel: string) =>
  (await store.listAlertMessages(500)).find((one) => one.id === id && one.channel === channel);

it('a channel that fails is tried less and less often, is known to fail from the second attempt on, and is given up after a day', async () => {
  now = start + dayMs;
  let status = 500;
  const { send, requests } = openOutbox(() => status, [slack]);
  await store.addAlertMessages([{ id: 'failing', channel: 'slack', createdAt: now, dueAt: now, content }]);
  const isFailing = async () => findFailingChannels(await store.readAlertAttempts(), [{ id: 'slack', changedAt: 0 }]).length > 0;
  const attempts: number[] = [];
  for (let minute = 0; minute < 30 * 60; minute += 1) {
    const before = requests.length;
    await send();
    if (requests.length > before) attempts.push(minute);
    if (attempts.length === 1) expect(await isFailing()).toBe(false);
    if (attempts.length === 2) expect(await isFailing()).toBe(true);
    now += minuteMs;
  }
  expect(attempts).toEqual([0, 1, 6, 21, 81, 261, 621, 981, 1341]);
  expect(await find('failing', 'slack')).toMatchObject({ state: 'failed', problem: 'the response was HTTP 500' });
  now += 3 * dayMs;
  expect(await isFailing()).toBe(true);
  status = 200;
  await store.addAlertMessages([{ id: 'works', channel: 'slack', createdAt: now, dueAt: now, content }]);
  await send();
  expect([await isFailing(), (await find('works', 'slack'))?.state]).toEqual([false, 'sent']);
});

it('a message that a stopped process claimed is repeated only by a webhook, with the same id', async () => {
  now = start + 6 * dayMs;
  const { send, requests } = openOutbox(() => 200, [slack, hook]);
  const messages = ['slack', 'hook'].map((channel) => ({ id: 'stopped', channel, createdAt: now, dueAt: now, content }));
  await store.addAlertMessages(messages);
  for (const channel of ['slack', 'hook']) await store.claimAlertMessage('stopped', channel, now);
  now += minuteMs;
  await send();
  expect(requests).toEqual([]);
  now += 12 * minuteMs;
  await send();
  expect(requests.map(({ url }) => url)).toEqual([hook.url]);
  expect((await find('stopped', 'slack'))?.state).toBe('unclear');
  expect(
    findFailingChannels(
      await store.readAlertAttempts(),
      [slack, hook].map(({ id }) => ({ id, changedAt: 0 })),
    ),
  ).toMatchObject([{ channel: 'slack', isUnclear: true, missed: [content.title] }]);
  await store.addAlertMessages([{ id: 'other', channel: 'hook', createdAt: now, dueAt: now, content }]);
  await send();
  const ids = requests.map(({ headers }) => headers['webhook-id']);
  expect(ids[0]).not.toBe(ids[1]);
});

it('messages that are due in quiet hours wait for their end, unless they are urgent or their alert ends', async () => {
  now = Date.parse('2026-12-01T21:59:30Z');
  const quietHours = { from: '22:00', to: '07:00' };
  let status = 500;
  const { send, requests } = openOutbox(() => status, [slack], undefined, quietHours);
  const add = (id: string, isUrgent = false) =>
    store.addAlertMessages([{ id, channel: 'slack', createdAt: now, dueAt: now, content: { ...content, isUrgent } }]);
  await add('quiet/retry');
  await send();
  now += minuteMs;
  status = 200;
  await add('quiet/new');
  await add('quiet/urgent', true);
  await send();
  now += minuteMs;
  await send();
  expect(requests).toHaveLength(2);
  expect((await find('quiet/urgent', 'slack'))?.state).toBe('sent');
  const morning = Date.parse('2026-12-02T07:00:00Z');
  for (const id of ['quiet/retry', 'quiet/new'])
    expect(await find(id, 'slack')).toMatchObject({ state: 'waiting', dueAt: morning });
  now = morning;
  await send();
  expect(requests).toHaveLength(4);
  now = start + 6 * dayMs;
});

it('a message that cannot be read is given up, and a result of an attempt that is settled changes nothing', async () => {
  const { send } = openOutbox(() => 200, [hook]);
  await store.addAlertMessages([{ id: 'odd', channel: 'hook', createdAt: now, dueAt: now, content: { kind: 'new' } }]);
  await send();
  expect((await find('odd', 'hook'))?.state).toBe('failed');
  await store.settleAlertMessage('odd', 'hook', { state: 'waiting', claimedAt: now, dueAt: now });
  expect((await find('odd', 'hook'))?.state).toBe('failed');
});

it('a message to a channel that was removed is not sent', async () => {
  now = start + 7 * dayMs;
  const { send, requests } = openOutbox(() => 200, []);
  await store.addAlertMessages([{ id: 'removed', channel: 'gone', createdAt: now, dueAt: now, content }]);
  await send();
  expect([requests.length, (await find('removed', 'gone'))?.state]).toEqual([0, 'failed']);
});

it('a channel that failed counts as untried when its settings change, and gets its messages at once', async () => {
  now = start + 7.5 * dayMs;
  const isFailing = async (changedAt: number) =>
    findFailingChannels(await store.readAlertAttempts(), [{ id: 'discord', changedAt }]).length > 0;
  const { send, requests } = openOutbox(() => 500, [{ ...slack, id: 'discord' }]);
  await store.addAlertMessages([{ id: 'late', channel: 'discord', createdAt: now, dueAt: now, content }]);
  for (const waitMs of [0, minuteMs]) {
    now += waitMs;
    await send();
  }
  expect(await isFailing(0)).toBe(true);
  now += secondMs;
  const settings = await store.getAlertSettings();
  await store.saveAlertSettings(settings, { channels: ['discord'], now });
  expect(await isFailing(now)).toBe(false);
  const accepting = openOutbox(() => 200, [{ ...slack, id: 'discord' }]);
  await accepting.send();
  expect([requests.length, accepting.requests.length, (await find('late', 'discord'))?.state]).toEqual([2, 1, 'sent']);
});

it('a channel that failed works again when it accepts a test message', async () => {
  const changedAt = 0;
  const isFailing = async () => findFailingChannels(await store.readAlertAttempts(), [{ id: 'teams', changedAt }]).length > 0;
  await store.addAlertMessages([{ id: 'refused', channel: 'teams', createdAt: now, dueAt: now, content }]);
  await store.claimAlertMessage('refused', 'teams', now);
  await store.settleAlertMessage('refused', 'teams', { state: 'failed', claimedAt: now, dueAt: now });
  expect(await isFailing()).toBe(true);
  now += minuteMs;
  await store.addSentAlertMessage({ id: 'test/teams/1', channel: 'teams', createdAt: now, dueAt: now, content });
  expect(await isFailing()).toBe(false);
});

it('a mail that some receivers did not get is not sent again, and its channel is reported', async () => {
  const failing = async () => findFailingChannels(await store.readAlertAttempts(), [{ id: 'partial', changedAt: 0 }]);
  const settle = async (id: string, problem?: string) => {
    await store.addAlertMessages([{ id, channel: 'partial', createdAt: now, dueAt: now, content }]);
    await store.claimAlertMessage(id, 'partial', now);
    await store.settleAlertMessage(id, 'partial', { state: 'sent', claimedAt: now, dueAt: now, ...(problem && { problem }) });
    now += minuteMs;
  };
  await settle('partial/1');
  await settle('partial/2', 'the server refused 1 of 2 receivers');
  expect(await failing()).toMatchObject([{ isUnclear: true, problem: 'the server refused 1 of 2 receivers' }]);
  await settle('partial/3');
  expect(await failing()).toEqual([]);
});

it('a request without a response is repeated to a webhook, and not to a chat service', async () => {
  now = start + 8 * dayMs;
  const { send, requests } = openOutbox(() => undefined, [slack, hook]);
  const messages = ['slack', 'hook'].map((channel) => ({ id: 'unknown', channel, createdAt: now, dueAt: now, content }));
  await store.addAlertMessages(messages);
  await send();
  now += minuteMs;
  await send();
  expect(requests.map(({ url }) => url)).toEqual([hook.url, slack.url, hook.url]);
  expect([(await find('unknown', 'slack'))?.state, (await find('unknown', 'hook'))?.state]).toEqual(['unclear', 'waiting']);
});

it('a channel that responds slowly delays no other channel, and gets no second request meanwhile', async () => {
  now = start + 9 * dayMs;
  const quick: AlertChannel = { ...hook, id: 'quick', url: 'https://quick.example/' };
  const slow = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const respond = async (url: string) => {
    if (url === slack.url) await slow.promise;
    else reached.resolve();
  };
  const { sendDue, settle, requests } = openOutbox(() => 200, [slack, quick], respond);
  const add = (id: string, channel: string) => store.addAlertMessages([{ id, channel, createdAt: now, dueAt: now, content }]);
  await add('slow-1', 'slack');
  await sendDue();
  await add('slow-2', 'slack');
  await add('fast', 'quick');
  await sendDue();
  await reached.promise;
  expect(requests.filter(({ url }) => url === slack.url)).toHaveLength(1);
  slow.resolve();
  await settle();
  await sendDue();
  await settle();
  expect((await find('slow-2', 'slack'))?.state).toBe('sent');
});
