import { describe, expect, it } from 'vitest';
import { dayMs } from '../../event/units.ts';
import type { AlertMessage, OpenAlert } from './alerts.ts';
import { countBucketMs, countBucketStart } from './event-counts.ts';
import { report, type StoreBench, start } from './store.fixture.ts';

export function alertsContract(bench: StoreBench): void {
  const { restart, identify } = bench;
  const id = 'paused/shop/bing/2026-11-24T10';
  const alert: OpenAlert = { key: 'paused/shop/bing', id, beganAt: start, content: { title: 'Paused' }, channels: ['ops'] };
  const message = (more: Partial<AlertMessage> = {}): AlertMessage => ({
    id,
    channel: 'ops',
    createdAt: start,
    dueAt: start,
    content: { title: 'Paused' },
    ...more,
  });
  const end = message({ id: `${id}/end` });
  const states = async () => (await bench.store.listAlertMessages(10)).map((one) => [one.id, one.channel, one.state]);

  describe('alerts', () => {
    it('an alert begins once, with its messages, and its id is used once', async () => {
      expect(await bench.store.beginAlert(alert, [message()])).toBe(true);
      await restart();
      expect(await bench.store.beginAlert(alert, [message({ id: 'other' })])).toBe(false);
      expect(await bench.store.listOpenAlerts()).toEqual([alert]);
      expect(await states()).toEqual([[id, 'ops', 'waiting']]);
      expect(await bench.store.endAlert(alert.key, [])).toBe(true);
      expect(await bench.store.beginAlert(alert, [message()])).toBe(true);
      expect(await bench.store.claimAlertMessage(id, 'ops', start)).toBe(true);
      expect(await bench.store.endAlert(alert.key, [end])).toBe(true);
      expect(await bench.store.endAlert(alert.key, [end])).toBe(false);
      expect(await bench.store.beginAlert(alert, [message()])).toBe(false);
      expect(await bench.store.listOpenAlerts()).toEqual([]);
    });

    it('an end removes messages of the beginning that still wait, and keeps failed attempts', async () => {
      await bench.store.beginAlert(alert, [message(), message({ channel: 'mail' }), message({ channel: 'slack' })]);
      for (const channel of ['mail', 'slack']) await bench.store.claimAlertMessage(id, channel, start);
      await bench.store.settleAlertMessage(id, 'slack', {
        state: 'waiting',
        claimedAt: start,
        dueAt: start + 60,
        problem: 'HTTP 500',
      });
      await bench.store.endAlert(alert.key, [end]);
      expect(await states()).toEqual([
        [`${id}/end`, 'ops', 'waiting'],
        [id, 'mail', 'sending'],
        [id, 'slack', 'failed'],
      ]);
      await bench.store.addSentAlertMessage(message({ id: 'test', channel: 'mail', createdAt: start + 1 }));
      await restart();
      const missed = { createdAt: start, tries: 1, triedAt: start, title: 'Paused' };
      expect(await bench.store.readAlertAttempts()).toEqual({
        sentAt: new Map([['mail', start + 1]]),
        missed: [
          { channel: 'mail', state: 'sending', ...missed },
          { channel: 'slack', state: 'failed', problem: 'HTTP 500', ...missed },
        ],
      });
    });

    it('a message is claimed once, is due again after a failed attempt, and stays known after it was sent', async () => {
      await bench.store.addAlertMessages([message(), message()]);
      expect(await bench.store.listDueAlertMessages(start - 1, 10)).toEqual([]);
      expect(await bench.store.listDueAlertMessages(start, 10)).toMatchObject([{ ...message(), tries: 0, state: 'waiting' }]);
      expect(await bench.store.claimAlertMessage(id, 'ops', start)).toBe(true);
      expect(await bench.store.claimAlertMessage(id, 'ops', start)).toBe(false);
      await restart();
      expect(await bench.store.listDueAlertMessages(start, 10)).toEqual([]);
      expect(await bench.store.listUnsettledAlertMessages(start)).toEqual([]);
      expect(await bench.store.listUnsettledAlertMessages(start + 1)).toMatchObject([{ id, tries: 1, triedAt: start }]);
      await bench.store.settleAlertMessage(id, 'ops', {
        state: 'waiting',
        claimedAt: start,
        dueAt: start + 60,
        problem: 'HTTP 500',
      });
      expect(await bench.store.listDueAlertMessages(start + 59, 10)).toEqual([]);
      expect(await bench.store.listDueAlertMessages(start + 60, 10)).toMatchObject([{ problem: 'HTTP 500', tries: 1 }]);
      await bench.store.claimAlertMessage(id, 'ops', start + 60);
      await bench.store.settleAlertMessage(id, 'ops', { state: 'sent', claimedAt: start, dueAt: start });
      // The late result of the first attempt.
      await bench.store.settleAlertMessage(id, 'ops', { state: 'unclear', claimedAt: start, dueAt: start });
      expect(await states()).toEqual([[id, 'ops', 'sending']]);
      await bench.store.settleAlertMessage(id, 'ops', { state: 'sent', claimedAt: start + 60, dueAt: start });
      await bench.store.settleAlertMessage(id, 'ops', { state: 'waiting', claimedAt: start + 60, dueAt: start });
      await bench.store.addAlertMessages([message()]);
      expect(await states()).toEqual([[id, 'ops', 'sent']]);
      expect([await bench.store.hasAlertMessage(id), await bench.store.hasAlertMessage('other')]).toEqual([true, false]);
      await bench.store.removeAlertMessages(start + 1);
      expect(await states()).toEqual([]);
    });

    it('alerts that began in a period are listed once, and a list of messages has no figures of digests', async () => {
      const content = { kind: 'began', site: 'shop' };
      const digest = message({ id: 'digest/1', createdAt: start + 1, content: { kind: 'digest', digest: { sites: [] } } });
      await bench.store.addAlertMessages([message({ content }), message({ content, channel: 'mail' }), digest]);
      await bench.store.addAlertMessages([message({ id: 'gateway', content: { kind: 'began' } })]);
      await bench.store.addAlertMessages([message({ id: 'later', createdAt: start + 1, content })]);
      expect(await bench.store.listBegunAlerts(start, start + 1)).toEqual([{ id: 'gateway' }, { id, site: 'shop' }]);
      expect((await bench.store.listAlertMessages(10)).find((one) => one.id === digest.id)?.content).toEqual({ kind: 'digest' });
      expect((await bench.store.listDueAlertMessages(start, 10)).find((one) => one.id === digest.id)?.content).toEqual(
        digest.content,
      );
    });

    it('an attempt that fails after the end of its alert is not repeated', async () => {
      await bench.store.beginAlert(alert, [message()]);
      await bench.store.claimAlertMessage(id, 'ops', start);
      await bench.store.endAlert(alert.key, [end]);
      await bench.store.settleAlertMessage(id, 'ops', { state: 'waiting', claimedAt: start, dueAt: start });
      expect(await states()).toEqual([
        [`${id}/end`, 'ops', 'waiting'],
        [id, 'ops', 'failed'],
      ]);
    });

    it('many due messages of one channel displace none of another channel', async () => {
      const many = [1, 2, 3].map((number) => message({ id: `due/${number}`, dueAt: start - 10 + number }));
      await bench.store.addAlertMessages([...many, message({ channel: 'mail' })]);
      const due = await bench.store.listDueAlertMessages(start, 2);
      expect(due.map((one) => [one.id, one.channel])).toEqual([
        ['due/1', 'ops'],
        ['due/2', 'ops'],
        [id, 'mail'],
      ]);
    });

    it('settings survive a restart', async () => {
      expect(await bench.store.getAlertSettings()).toEqual({ config: null, secrets: {}, mutes: [] });
      const settings = {
        config: { digest: 'weekly' },
        secrets: { ops: { url: '1.k.a.b' } },
        mutes: [{ site: 'shop', connection: 'bing', until: start }],
      };
      expect(await bench.store.saveAlertSettings(settings)).toBe(true);
      await restart();
      expect(await bench.store.getAlertSettings()).toEqual({ ...settings, version: 1 });
      expect(await bench.store.saveAlertSettings({ ...settings, mutes: [] })).toBe(false);
      expect(await bench.store.getAlertSettings()).toEqual({ ...settings, version: 1 });
      expect(await bench.store.saveAlertSettings({ ...settings, mutes: [], version: 1 })).toBe(true);
      expect(await bench.store.getAlertSettings()).toEqual({ ...settings, mutes: [], version: 2 });
    });

    it('messages that a channel did not accept are due at once when it changes, and others keep their time', async () => {
      const other = message({ channel: 'mail' });
      await bench.store.addAlertMessages([message(), other, message({ id: 'untried', dueAt: start + dayMs })]);
      for (const channel of ['ops', 'mail']) {
        await bench.store.claimAlertMessage(id, channel, start);
        await bench.store.settleAlertMessage(id, channel, { state: 'waiting', claimedAt: start, dueAt: start + dayMs });
      }
      const save = (version: number) =>
        bench.store.saveAlertSettings({ config: null, secrets: {}, mutes: [], version }, { channels: ['ops'], now: start + 1 });
      expect([await save(5), await save(0)]).toEqual([true, false]);
      const due = await bench.store.listDueAlertMessages(start + 1, 10);
      expect(due).toMatchObject([{ id, channel: 'ops', tries: 0, dueAt: start + 1 }]);
    });

    it('a message is postponed only while it waits, and one that not all receivers got counts as missed', async () => {
      await bench.store.addAlertMessages([message()]);
      await bench.store.postponeAlertMessage(id, 'ops', start + 60);
      expect(await bench.store.listDueAlertMessages(start + 59, 10)).toEqual([]);
      await bench.store.claimAlertMessage(id, 'ops', start + 60);
      await bench.store.postponeAlertMessage(id, 'ops', start + 90);
      expect(await bench.store.listAlertMessages(10)).toMatchObject([{ dueAt: start + 60, state: 'sending' }]);
      const problem = 'one receiver was refused';
      await bench.store.settleAlertMessage(id, 'ops', { state: 'sent', claimedAt: start + 60, dueAt: start + 60, problem });
      const { sentAt, missed } = await bench.store.readAlertAttempts();
      expect([sentAt.size, missed]).toMatchObject([0, [{ channel: 'ops', state: 'sent', problem }]]);
    });

    it('the content of an open alert changes without its messages', async () => {
      await bench.store.beginAlert(alert, [message()]);
      await bench.store.changeAlertContent(alert, { title: 'Now' });
      await bench.store.changeAlertContent({ ...alert, id: 'other' }, { title: 'Never' });
      expect(await bench.store.listOpenAlerts()).toEqual([{ ...alert, content: { title: 'Now' } }]);
      expect(await bench.store.listAlertMessages(10)).toMatchObject([{ content: { title: 'Paused' } }]);
    });

    it('received events, orders and reports of browsers are summed by bucket', async () => {
      const bucket = countBucketStart(start);
      const view = { name: 'PageView', id: 'view' };
      const duplicate = report('3', 'webhook', { at: start + countBucketMs });
      await identify({
        cursor: '4',
        reports: [report('1', 'browser'), report('2', 'browser', view), duplicate, report('4', 'server', { id: 'ord-2' })],
      });
      const sum = (kind: 'events' | 'orders' | 'browserEvents', since = bucket, until = bucket + dayMs) =>
        bench.store.sumReceived('shop', kind, since, until);
      expect([await sum('events'), await sum('orders'), await sum('browserEvents')]).toEqual([3, 2, 2]);
      expect([await sum('events', bucket - dayMs, bucket), await sum('events', bucket + 1)]).toEqual([0, 0]);
      expect(await bench.store.getReceivedRange('shop', 'orders', bucket)).toEqual({ first: bucket, last: bucket });
      expect(await bench.store.getReceivedRange('shop', 'orders', bucket + 1)).toBeUndefined();
      expect(await bench.store.getReceivedRange('other', 'events', 0)).toBeUndefined();
    });
  });
}
