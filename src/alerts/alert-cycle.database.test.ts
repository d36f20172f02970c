import { expect, it } from 'vitest';
import { createPacedClock } from '../clock/paced-clock.fixture.ts';
import { alertsSchema } from '../config/alerts.ts';
import { hourMs, minuteMs } from '../event/units.ts';
import type { Finding } from '../issues/conditions/verdict.ts';
import { createSiteFacts } from '../issues/facts/facts.fixture.ts';
import { EmptiedStore } from '../storage/store/sqlite/emptied-store.fixture.ts';
import { updateAlerts } from './alert-cycle.ts';
import { content, logger, start, useAlertStore } from './alert-store.fixture.ts';
import { evaluateRules, type Judgement } from './conditions/evaluate-rules.ts';
import { startAlerts } from './start-alerts.ts';

/** Alerts from their beginning to their end. */

const scene = useAlertStore();
const finding = (since: number, more: Partial<Finding> = {}): Finding => ({
  kind: 'delivery',
  severity: 'note',
  title: 'shop/bing is paused',
  sentence: 'It is paused.',
  figures: [],
  action: { label: 'Open connection', path: '/' },
  names: {},
  since,
  events: 0,
  money: [],
  ...more,
});
const judge = (key: string, verdict: Judgement['verdict'], channels: readonly string[] = ['ops']): Judgement => ({
  key,
  on: 'paused',
  issue: 'delivery/shop/bing',
  verdict,
  channels,
});
const update = (judgements: readonly Judgement[], node?: string, checksSite: (site: string) => boolean = () => true) =>
  updateAlerts(judgements, { store: scene.store, logger, now: scene.now, node, checksSite, channels: ['ops', 'mail', 'hook'] });
/** Returns the messages of an alert, the oldest first. */
const listMessages = async (key: string) =>
  (await scene.store.listAlertMessages(500))
    .filter(({ id }) => id.startsWith(`${key}/`))
    .toReversed()
    .map(({ id, channel, state }) => `${id.slice(key.length + 1)} ${channel} ${state}`);

it('an alert that ends and returns within an hour is reported again in the next hour', async () => {
  const key = 'flapping';
  scene.now = start;
  const since = start - minuteMs;
  await update([judge(key, finding(since))]);
  await update([judge(key, finding(since))]);
  await update([judge(key, 'unknown')]);
  expect(await listMessages(key)).toEqual(['2026-11-25T13 ops waiting']);
  await scene.store.claimAlertMessage(`${key}/2026-11-25T13`, 'ops', scene.now);
  await scene.store.settleAlertMessage(`${key}/2026-11-25T13`, 'ops', { state: 'sent', claimedAt: scene.now, dueAt: scene.now });
  scene.now += 10 * minuteMs;
  await update([judge(key, 'fine')]);
  scene.now += minuteMs;
  await update([judge(key, finding(scene.now))]);
  const once = ['2026-11-25T13 ops sent', '2026-11-25T13/end ops waiting'];
  expect(await listMessages(key)).toEqual(once);
  scene.now = start + hourMs;
  await update([judge(key, finding(start + 11 * minuteMs))]);
  expect(await listMessages(key)).toEqual([...once, '2026-11-25T14 ops waiting']);
});

it('an alert that returns while its first message waits is reported at its real end as well', async () => {
  const key = 'returning';
  scene.now = start;
  await update([judge(key, finding(scene.now))]);
  scene.now += minuteMs;
  await update([judge(key, 'fine')]);
  scene.now += minuteMs;
  await update([judge(key, finding(scene.now))]);
  expect(await listMessages(key)).toEqual(['2026-11-25T13/end ops waiting']);
  scene.now = start + hourMs;
  await update([judge(key, finding(start + 2 * minuteMs))]);
  await scene.store.claimAlertMessage(`${key}/2026-11-25T14`, 'ops', scene.now);
  await update([judge(key, 'fine')]);
  expect(await listMessages(key)).toEqual([
    '2026-11-25T13/end ops waiting',
    '2026-11-25T14 ops sending',
    '2026-11-25T14/end ops waiting',
  ]);
});

it('a channel that is added while an alert is open gets the messages of its beginning and end', async () => {
  const key = 'extended';
  scene.now = start;
  await update([judge(key, finding(scene.now), [])]);
  expect(await listMessages(key)).toEqual([]);
  await update([judge(key, finding(scene.now), ['ops'])]);
  await update([judge(key, 'unknown', ['mail', 'ops'])]);
  await update([judge(key, finding(scene.now), ['mail', 'ops'])]);
  for (const channel of ['mail', 'ops']) await scene.store.claimAlertMessage(`${key}/2026-11-25T13`, channel, scene.now);
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
  scene.now = start;
  await update([judge(key, finding(scene.now))]);
  await update([]);
  expect(await listMessages(key)).toEqual([]);
  expect((await scene.store.listOpenAlerts()).some((alert) => alert.key === key)).toBe(false);
});

it('an open alert has the present figures, and its messages those of its beginning', async () => {
  const key = 'growing';
  scene.now = start;
  await update([judge(key, finding(scene.now, { sentence: '3.9 GiB are free.' }))]);
  scene.now += hourMs;
  await update([judge(key, finding(scene.now, { sentence: '0.1 GiB are free.', title: 'other' }))]);
  const open = (await scene.store.listOpenAlerts()).find((alert) => alert.key === key);
  expect(open?.content).toMatchObject({ sentence: '0.1 GiB are free.', title: 'shop/bing is paused', since: start });
  const [message] = (await scene.store.listAlertMessages(500)).filter(({ id }) => id.startsWith(key));
  expect(message?.content).toMatchObject({ sentence: '3.9 GiB are free.' });
});

it('a disk that fills up is reported at once when events are refused, although its alert is open', async () => {
  scene.now = start;
  const judgeDisk = (freeGib: number, refuses: 'nothing' | 'everything') => {
    const gateway = {
      freeBytes: freeGib * 1024 ** 3,
      refuses,
      isDiskFull: refuses === 'everything',
      channels: [],
      workingChannels: [],
    };
    return evaluateRules(
      { gateway, sites: [] },
      { rules: [{ on: 'disk' }], channels: [{ id: 'ops' }], mutes: [], open: new Set(), now: scene.now },
    );
  };
  await update(judgeDisk(10, 'nothing'));
  await update(judgeDisk(3, 'nothing'));
  scene.now += hourMs;
  await update(judgeDisk(0, 'everything'));
  expect(await listMessages('disk:default')).toEqual(['2026-11-25T13 ops waiting', 'refused/2026-11-25T14 ops waiting']);
  scene.now += hourMs;
  await update(judgeDisk(3, 'nothing'));
  const ended = (await scene.store.listAlertMessages(500)).find(({ id }) => id === 'disk:default/refused/2026-11-25T14/end');
  expect(ended?.content).toMatchObject({ title: 'Events are accepted again', isUrgent: true });
});

it('a process leaves alerts of other processes open: of their sites, and of their disks while they check them', async () => {
  scene.now = start;
  const other = { ...judge('theirs/site', finding(scene.now)), site: 'other' };
  const disk = { ...judge('theirs/disk', finding(scene.now)), node: 'b' };
  const listOpen = async () =>
    (await scene.store.listOpenAlerts()).map(({ key }) => key).filter((key) => key.startsWith('theirs'));
  await update([other, disk], 'b');
  await update([], 'a', (site) => site !== 'other');
  expect(await listOpen()).toEqual(['theirs/disk', 'theirs/site']);
  scene.now += 29 * minuteMs;
  await update([other, disk], 'b');
  scene.now += 29 * minuteMs;
  await update([], 'a', (site) => site !== 'other');
  expect(await listOpen()).toEqual(['theirs/disk', 'theirs/site']);
  scene.now += 2 * minuteMs;
  await update([], 'a');
  expect(await listOpen()).toEqual([]);
});

it('a process checks the sites that it runs and its own disk, and leaves those of other processes alone', async () => {
  const emptied = await EmptiedStore.open(() => start);
  const shared = emptied.store;
  const settings = {
    current: () => alertsSchema.parse({ rules: [{ on: 'disk' }] }),
    mutes: () => [],
    changedAt: () => 0,
  };
  const site = { id: 'other', name: 'Other', connections: [], timeZone: 'UTC', accuracy: { alertUnder: null } };
  const runRound = async (node: string, held: readonly string[]) => {
    const clock = createPacedClock(1, start);
    const alerts = startAlerts({
      settings,
      sites: () => [site],
      ownsSite: (id) => held.includes(id),
      node: { id: node, host: `web-${node}` },
      store: shared,
      readSite: async () => createSiteFacts([], { site: 'other', name: 'Other' }),
      weeks: { refresh: () => async () => 'unread' },
      getWeek: async () => new Map(),
      issues: { update: async () => {} },
      readGateway: async () => ({
        ...{ freeBytes: node === 'full' ? 0 : 100 * 1024 ** 3, refuses: 'nothing', isDiskFull: false },
        ...{ channels: [], workingChannels: [], node: { id: node, host: `web-${node}` } },
      }),
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
  emptied.close();
});
