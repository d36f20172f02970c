import { setImmediate } from 'node:timers/promises';
import { runPeriodically, type WatchClock } from '../clock/run-periodically.ts';
import { defaultAlertRules } from '../config/alerts.ts';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../event/units.ts';
import type { AlertNode, GatewayFacts, SiteFacts } from '../issues/facts/facts.ts';
import type { FactDeps, ReadWeek, WatchedSite, WeekCache } from '../issues/facts/read-facts.ts';
import type { IssueList } from '../issues/issue-list.ts';
import { describeError, type Logger } from '../logger.ts';
import type { AlertMessage } from '../storage/ports/alerts.ts';
import type { Store } from '../storage/ports/store.ts';
import { updateAlerts } from './alert-cycle.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { ChannelResult } from './channels/channel-result.ts';
import { type ChannelDeps, sendMessage } from './channels/send-message.ts';
import { evaluateRules } from './conditions/evaluate-rules.ts';
import { collectDigest } from './digest/collect-digest.ts';
import type { Digest } from './digest/digest.ts';
import { createDigestMessage } from './digest/digest-message.ts';
import { getDueDigest } from './local-time.ts';
import { type Message, renderMessage } from './message.ts';
import { createOutbox } from './outbox.ts';

export interface AlertDeps extends Pick<FactDeps, 'getWeek'>, Pick<ChannelDeps, 'send' | 'allowPrivateDestinations'> {
  readonly settings: Pick<AlertSettings, 'current' | 'mutes' | 'changedAt'>;
  readonly sites: () => readonly WatchedSite[];
  readonly store: Store;
  /** Reads the facts of a site, which the list of issues reads, too. */
  readonly readSite: (site: WatchedSite, readWeek: ReadWeek | undefined) => Promise<SiteFacts>;
  readonly readGateway: () => Promise<GatewayFacts>;
  readonly weeks: Pick<WeekCache, 'refresh'>;
  readonly issues: Pick<IssueList, 'update'>;
  /** Returns whether this process runs a site, or removes the data of a site that no longer runs. */
  readonly ownsSite: (site: string) => boolean;
  /** This process, if several share the store. */
  readonly node?: AlertNode;
  readonly dashboardUrl: () => string;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

export interface RunningAlerts {
  /** Sends a test message to a channel at once. Undefined if there is no such channel. */
  readonly test: (channel: string) => Promise<ChannelResult | undefined>;
  readonly stop: () => Promise<void>;
}

const everyMs = minuteMs;
const firstAfterMs = 10 * secondMs;
/** Messages are kept as long as the counters, so that digests and the dashboard can list them. */
const messageAgeMs = 35 * dayMs;
/** Ended issues are kept this long. */
const issueAgeMs = 400 * dayMs;
/** A person waits for the result of a test. */
const testMs = 30 * secondMs;
/** A stopping gateway waits this long for mails that are being sent. */
const stopGraceMs = 5 * secondMs;

/** Checks the conditions once a minute, and sends the messages that are due. */
export function startAlerts(deps: AlertDeps): RunningAlerts {
  const { settings, sites, readSite, readGateway, weeks, issues, ownsSite, node, store, clock, logger, dashboardUrl } = deps;
  const now = () => clock.now();
  const channelDeps = { send: deps.send, allowPrivateDestinations: deps.allowPrivateDestinations, now };
  const stopping = new AbortController();
  let isStopping = false;
  const outbox = createOutbox({
    ...channelDeps,
    signal: stopping.signal,
    store,
    isOver: () => isStopping,
    settings: () => settings.current(),
    dashboardUrl,
    logger,
  });
  let removedAt: UnixMs = 0;

  const check = async (isOver: () => boolean) => {
    const { channels, rules = defaultAlertRules } = settings.current();
    const facts: SiteFacts[] = [];
    // Each site is checked by the process that runs it.
    const watched = sites().filter(({ id }) => ownsSite(id));
    const readWeek = weeks.refresh(watched.map(({ id }) => id));
    const readAt = now();
    for (const site of watched) {
      if (isOver()) return;
      facts.push(await readSite(site, readWeek));
      await setImmediate();
    }
    const gateway = await readGateway();
    const open = new Set((await store.listOpenAlerts()).map(({ key }) => key));
    const judgements = evaluateRules({ gateway, sites: facts }, { rules, channels, mutes: settings.mutes(), open, now: now() });
    const checked = new Set(watched.map(({ id }) => id));
    const known = new Set(sites().map(({ id }) => id));
    const checksSite = (site: string) => checked.has(site) || (!known.has(site) && ownsSite(site));
    await issues.update({ gateway, sites: facts }, readAt, checksSite);
    await updateAlerts(judgements, {
      store,
      logger,
      now: now(),
      checksSite,
      node: node?.id,
      channels: channels.map(({ id }) => id),
    });
  };

  const addDigest = async (isOver: () => boolean) => {
    const { channels, digest: interval, timeZone } = settings.current();
    const period = getDueDigest(now(), interval, timeZone);
    if (!period || channels.length === 0 || (await store.hasAlertMessage(period.id))) return;
    const messages: AlertMessage[] = [];
    const collected = new Map<string, Digest>();
    for (const { id: channel, type, sites: only } of channels) {
      if (isOver()) return;
      const shown = sites().filter(({ id }) => only?.includes(id) ?? true);
      if (shown.length === 0) continue;
      const key = JSON.stringify([only === undefined, ...shown.map(({ id }) => id)]);
      const digest =
        collected.get(key) ??
        (await collectDigest({ sites: shown, isLimited: only !== undefined }, period, { store, getWeek: deps.getWeek }));
      collected.set(key, digest);
      const { digest: figures, ...rest } = createDigestMessage(digest, timeZone);
      // Only mail shows all figures.
      const content = type === 'email' && figures !== undefined ? { ...rest, digest: figures } : rest;
      messages.push({ id: period.id, channel, createdAt: now(), dueAt: now(), content });
    }
    await store.addAlertMessages(messages);
  };

  const round = async (isOver: () => boolean) => {
    await check(isOver);
    if (isOver()) return;
    await outbox.sendDue();
    if (now() - removedAt < dayMs) return;
    removedAt = now();
    await store.removeAlertMessages(now() - messageAgeMs);
    await store.removeIssues(now() - issueAgeMs);
  };

  const onFault = (error: unknown, isRepeated: boolean) => {
    if (!isRepeated) logger.error({ error: describeError(error) }, 'alert check failed');
  };
  const rounds = runPeriodically({ clock, firstAfterMs, everyMs, round, onFault });
  // The figures of many sites take a while. The checks go on.
  const digests = runPeriodically({ clock, firstAfterMs, everyMs, round: addDigest, onFault });
  return {
    async test(id) {
      const { channels, timeZone } = settings.current();
      const channel = channels.find((one) => one.id === id);
      if (!channel) return undefined;
      const content = createTestMessage(id);
      const rendered = renderMessage(content, { dashboardUrl: dashboardUrl(), timeZone });
      const messageId = `test/${id}/${now()}`;
      const signal = AbortSignal.timeout(testMs);
      const result = await sendMessage(channel, { id: messageId, createdAt: now() }, rendered, { ...channelDeps, signal });
      const at = now();
      // A success ends the alert of a channel that failed.
      if (result.isSent && result.problem === undefined)
        await store.addSentAlertMessage({ id: messageId, channel: id, createdAt: at, dueAt: at, content });
      return result;
    },
    async stop() {
      isStopping = true;
      await Promise.all([rounds.stop(), digests.stop()]);
      const timer = setTimeout(() => stopping.abort(), stopGraceMs);
      await outbox.settle();
      clearTimeout(timer);
    },
  };
}

function createTestMessage(channel: string): Message {
  return {
    kind: 'test',
    on: 'test',
    isUrgent: false,
    title: 'Test message of Convey',
    sentence: `This is a test of the alert channel ${channel}. Alerts will arrive here.`,
    figures: [],
    remedy: 'No action needed.',
    path: '/alerts',
  };
}
