import { expect, it } from 'vitest';
import { type AlertChannel, alertsSchema } from '../config/alerts.ts';
import type { HttpRequest, HttpResponse } from '../destinations/kit/destination.ts';
import type { Json } from '../event/issue.ts';
import { dayMs, minuteMs, secondMs } from '../event/units.ts';
import { content, logger, start, useAlertStore } from './alert-store.fixture.ts';
import { createOutbox, findFailingChannels } from './outbox.ts';

/** Messages from the outbox to their channels. */

const scene = useAlertStore();

/** Creates an outbox whose channels respond with a status, or not at all. */
function openOutbox(
  status: () => number | undefined,
  channels: readonly AlertChannel[],
  respond = async (_url: string) => {},
  quietHours?: { readonly from: string; readonly to: string },
  headers: HttpResponse['headers'] = {},
) {
  const requests: HttpRequest[] = [];
  const outbox = createOutbox({
    store: scene.store,
    settings: () => ({ ...alertsSchema.parse({ quietHours }), channels: [...channels] }),
    dashboardUrl: () => 'https://convey.shop.example',
    logger,
    isOver: () => false,
    signal: new AbortController().signal,
    now: () => scene.now,
    allowPrivateDestinations: false,
    send: async (request) => {
      requests.push(request);
      await respond(request.url);
      const found = status();
      return found === undefined ? { unknown: 'timeout' } : { response: { status: found, headers, body: '', incomplete: false } };
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
const add = (id: string, channel: string, stored: Json = content) =>
  scene.store.addAlertMessages([{ id, channel, createdAt: scene.now, dueAt: scene.now, content: stored }]);
const find = async (id: string, channel: string) =>
  (await scene.store.listAlertMessages(500)).find((one) => one.id === id && one.channel === channel);

it('a channel that fails is tried less and less often, is known to fail from the second attempt on, and is given up after a day', async () => {
  scene.now = start + dayMs;
  let status = 500;
  const { send, requests } = openOutbox(() => status, [slack]);
  await add('failing', 'slack');
  const isFailing = async () =>
    findFailingChannels(await scene.store.readAlertAttempts(), [{ id: 'slack', changedAt: 0 }]).length > 0;
  const attempts: number[] = [];
  for (let minute = 0; minute < 30 * 60; minute += 1) {
    const before = requests.length;
    await send();
    if (requests.length > before) attempts.push(minute);
    if (attempts.length === 1) expect(await isFailing()).toBe(false);
    if (attempts.length === 2) expect(await isFailing()).toBe(true);
    scene.now += minuteMs;
  }
  expect(attempts).toEqual([0, 1, 6, 21, 81, 261, 621, 981, 1341]);
  expect(await find('failing', 'slack')).toMatchObject({ state: 'failed', problem: 'the response was HTTP 500' });
  scene.now += 3 * dayMs;
  expect(await isFailing()).toBe(true);
  status = 200;
  await add('works', 'slack');
  await send();
  expect([await isFailing(), (await find('works', 'slack'))?.state]).toEqual([false, 'sent']);
});

it('a channel that asks to wait for more than an hour is tried each hour', async () => {
  scene.now = start + 4 * dayMs;
  let status = 429;
  const { send, requests } = openOutbox(() => status, [slack], undefined, undefined, { 'retry-after': '99999' });
  await add('asked', 'slack');
  await send();
  scene.now += 60 * minuteMs - 1;
  await send();
  expect(requests).toHaveLength(1);
  scene.now += 1;
  status = 200;
  await send();
  expect(requests).toHaveLength(2);
});

it('a message that a stopped process claimed is repeated only by a webhook, with the same id', async () => {
  scene.now = start + 6 * dayMs;
  const { send, requests } = openOutbox(() => 200, [slack, hook]);
  for (const channel of ['slack', 'hook']) await add('stopped', channel);
  for (const channel of ['slack', 'hook']) await scene.store.claimAlertMessage('stopped', channel, scene.now);
  scene.now += minuteMs;
  await send();
  expect(requests).toEqual([]);
  scene.now += 12 * minuteMs;
  await send();
  expect(requests.map(({ url }) => url)).toEqual([hook.url]);
  expect((await find('stopped', 'slack'))?.state).toBe('unclear');
  expect(
    findFailingChannels(
      await scene.store.readAlertAttempts(),
      [slack, hook].map(({ id }) => ({ id, changedAt: 0 })),
    ),
  ).toMatchObject([{ channel: 'slack', isUnclear: true, missed: [content.title] }]);
  await add('other', 'hook');
  await send();
  const ids = requests.map(({ headers }) => headers['webhook-id']);
  expect(ids[0]).not.toBe(ids[1]);
});

it('messages that are due in quiet hours wait for their end, unless they are urgent or their alert ends', async () => {
  scene.now = Date.parse('2026-12-01T21:59:30Z');
  const quietHours = { from: '22:00', to: '07:00' };
  let status = 500;
  const { send, requests } = openOutbox(() => status, [slack], undefined, quietHours);
  await add('quiet/retry', 'slack');
  await send();
  scene.now += minuteMs;
  status = 200;
  await add('quiet/new', 'slack');
  await add('quiet/urgent', 'slack', { ...content, isUrgent: true });
  await send();
  scene.now += minuteMs;
  await send();
  expect(requests).toHaveLength(2);
  expect((await find('quiet/urgent', 'slack'))?.state).toBe('sent');
  const morning = Date.parse('2026-12-02T07:00:00Z');
  for (const id of ['quiet/retry', 'quiet/new'])
    expect(await find(id, 'slack')).toMatchObject({ state: 'waiting', dueAt: morning });
  scene.now = morning;
  await send();
  expect(requests).toHaveLength(4);
  scene.now = start + 6 * dayMs;
});

it('a message that cannot be read is given up, and a result of an attempt that is settled changes nothing', async () => {
  const { send } = openOutbox(() => 200, [hook]);
  await add('odd', 'hook', { kind: 'new' });
  await send();
  expect((await find('odd', 'hook'))?.state).toBe('failed');
  await scene.store.settleAlertMessage('odd', 'hook', { state: 'waiting', claimedAt: scene.now, dueAt: scene.now });
  expect((await find('odd', 'hook'))?.state).toBe('failed');
});

it('a message to a channel that was removed is not sent', async () => {
  scene.now = start + 7 * dayMs;
  const { send, requests } = openOutbox(() => 200, []);
  await add('removed', 'gone');
  await send();
  expect([requests.length, (await find('removed', 'gone'))?.state]).toEqual([0, 'failed']);
});

it('a channel that failed counts as untried when its settings change, and gets its messages at once', async () => {
  scene.now = start + 7.5 * dayMs;
  const isFailing = async (changedAt: number) =>
    findFailingChannels(await scene.store.readAlertAttempts(), [{ id: 'discord', changedAt }]).length > 0;
  const { send, requests } = openOutbox(() => 500, [{ ...slack, id: 'discord' }]);
  await add('late', 'discord');
  for (const waitMs of [0, minuteMs]) {
    scene.now += waitMs;
    await send();
  }
  expect(await isFailing(0)).toBe(true);
  scene.now += secondMs;
  const settings = await scene.store.getAlertSettings();
  await scene.store.saveAlertSettings(settings, { channels: ['discord'], now: scene.now });
  expect(await isFailing(scene.now)).toBe(false);
  const accepting = openOutbox(() => 200, [{ ...slack, id: 'discord' }]);
  await accepting.send();
  expect([requests.length, accepting.requests.length, (await find('late', 'discord'))?.state]).toEqual([2, 1, 'sent']);
});

it('a channel that failed works again when it accepts a test message', async () => {
  const changedAt = 0;
  const isFailing = async () =>
    findFailingChannels(await scene.store.readAlertAttempts(), [{ id: 'teams', changedAt }]).length > 0;
  await add('refused', 'teams');
  await scene.store.claimAlertMessage('refused', 'teams', scene.now);
  await scene.store.settleAlertMessage('refused', 'teams', { state: 'failed', claimedAt: scene.now, dueAt: scene.now });
  expect(await isFailing()).toBe(true);
  scene.now += minuteMs;
  await scene.store.addSentAlertMessage({
    id: 'test/teams/1',
    channel: 'teams',
    createdAt: scene.now,
    dueAt: scene.now,
    content,
  });
  expect(await isFailing()).toBe(false);
});

it('a mail that some receivers did not get is not sent again, and its channel is reported', async () => {
  const failing = async () => findFailingChannels(await scene.store.readAlertAttempts(), [{ id: 'partial', changedAt: 0 }]);
  const settle = async (id: string, problem?: string) => {
    await add(id, 'partial');
    await scene.store.claimAlertMessage(id, 'partial', scene.now);
    await scene.store.settleAlertMessage(id, 'partial', {
      state: 'sent',
      claimedAt: scene.now,
      dueAt: scene.now,
      ...(problem && { problem }),
    });
    scene.now += minuteMs;
  };
  await settle('partial/1');
  await settle('partial/2', 'the server refused 1 of 2 receivers');
  expect(await failing()).toMatchObject([{ isUnclear: true, problem: 'the server refused 1 of 2 receivers' }]);
  await settle('partial/3');
  expect(await failing()).toEqual([]);
});

it('a request without a response is repeated to a webhook, and not to a chat service', async () => {
  scene.now = start + 8 * dayMs;
  const { send, requests } = openOutbox(() => undefined, [slack, hook]);
  for (const channel of ['slack', 'hook']) await add('unknown', channel);
  await send();
  scene.now += minuteMs;
  await send();
  expect(requests.map(({ url }) => url)).toEqual([hook.url, slack.url, hook.url]);
  expect([(await find('unknown', 'slack'))?.state, (await find('unknown', 'hook'))?.state]).toEqual(['unclear', 'waiting']);
});

it('a channel that responds slowly delays no other channel, and gets no second request meanwhile', async () => {
  scene.now = start + 9 * dayMs;
  const quick: AlertChannel = { ...hook, id: 'quick', url: 'https://quick.example/' };
  const slow = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const respond = async (url: string) => {
    if (url === slack.url) await slow.promise;
    else reached.resolve();
  };
  const { sendDue, settle, requests } = openOutbox(() => 200, [slack, quick], respond);
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
