import type { AlertChannel, AlertsConfig } from '../config/alerts.ts';
import { hourMs, minuteMs, secondMs, type UnixMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';
import type { AlertStore, StoredAlertMessage } from '../storage/store/alerts.ts';
import { type ChannelDeps, recognizesRepeats, sendMessage } from './channels/send-message.ts';
import type { ChannelFacts } from './facts.ts';
import { messageSchema, renderMessage } from './message.ts';

export interface OutboxDeps extends ChannelDeps {
  readonly store: Pick<
    AlertStore,
    'listDueAlertMessages' | 'listUnsettledAlertMessages' | 'listAlertMessages' | 'claimAlertMessage' | 'settleAlertMessage'
  >;
  readonly settings: () => AlertsConfig;
  readonly dashboardUrl: () => string;
  readonly logger: Logger;
  /** Returns whether the gateway stops. Messages that are left are sent after the next start. */
  readonly isOver: () => boolean;
}

/** The waits after a failed attempt. Attempts end after a day. */
const retryDelaysMs = [minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 3 * hourMs];
const lastRetryDelayMs = 6 * hourMs;
const giveUpAfterMs = 24 * hourMs;
/** A claim that is older belongs to a process that ended. The longest attempt takes half a minute. */
const claimMs = 2 * minuteMs;
const messagesPerRound = 100;

/** Sends the messages that are due: one after another to each channel, and to all channels at once. */
export async function sendDueMessages(deps: OutboxDeps): Promise<void> {
  await releaseClaims(deps);
  const due = await deps.store.listDueAlertMessages(deps.now(), messagesPerRound);
  const byChannel = Map.groupBy(due, ({ channel }) => channel);
  await Promise.all(
    [...byChannel].map(async ([id, messages]) => {
      const channel = deps.settings().channels.find((one) => one.id === id);
      for (const message of messages) {
        const isSent = channel ? await sendStored(channel, message, deps) : await dropMessage(message, deps);
        // The next messages would fail as well. They are tried in the next round.
        if (!isSent || deps.isOver()) return;
      }
    }),
  );
}

async function dropMessage({ id, channel }: StoredAlertMessage, { store, now }: OutboxDeps): Promise<boolean> {
  await store.settleAlertMessage(id, channel, { state: 'failed', dueAt: now(), problem: 'the channel was removed' });
  return true;
}

/** Sends one message. Returns whether the channel accepted it. */
async function sendStored(channel: AlertChannel, message: StoredAlertMessage, deps: OutboxDeps): Promise<boolean> {
  const { store, now, settings, dashboardUrl, logger } = deps;
  const { id, createdAt, tries, content } = message;
  if (!(await store.claimAlertMessage(id, channel.id, now()))) return true;
  const { timeZone } = settings();
  const rendered = renderMessage(messageSchema.parse(content), { dashboardUrl: dashboardUrl(), timeZone });
  const result = await sendMessage(channel, id, rendered, deps);
  const at = now();
  if (result.isSent) {
    await store.settleAlertMessage(id, channel.id, { state: 'sent', dueAt: at });
    logger.info({ message: id, channel: channel.id }, 'alert message sent');
    return true;
  }
  const { problem, retryAfter } = result;
  const delayMs = Math.max(retryDelaysMs[tries] ?? lastRetryDelayMs, readSeconds(retryAfter));
  const isOver = at + delayMs - createdAt > giveUpAfterMs && tries > 0;
  await store.settleAlertMessage(id, channel.id, { state: isOver ? 'failed' : 'waiting', dueAt: at + delayMs, problem });
  logger.warn({ message: id, channel: channel.id, problem, tries: tries + 1 }, 'alert message not sent');
  return false;
}

/** Decides about messages that a process claimed and never settled. A channel that would show a message twice does not get it again. */
async function releaseClaims({ store, settings, now, logger }: OutboxDeps): Promise<void> {
  for (const { id, channel } of await store.listUnsettledAlertMessages(now() - claimMs)) {
    const target = settings().channels.find((one) => one.id === channel);
    const isRepeated = target !== undefined && recognizesRepeats(target);
    await store.settleAlertMessage(id, channel, {
      state: isRepeated ? 'waiting' : 'unclear',
      dueAt: now(),
      problem: 'Convey stopped while it was sending the message',
    });
    logger.warn({ message: id, channel }, 'alert message unclear');
  }
}

function readSeconds(retryAfter: string | undefined): number {
  return /^\d{1,5}$/.test(retryAfter ?? '') ? Number(retryAfter) * secondMs : 0;
}

/** The first failure may be a short one. The second is reported to another channel. */
const toleratedTries = 1;

/** Finds the channels that do not accept messages: the last attempts failed or have no result, and no later one succeeded. */
export function findFailingChannels(
  messages: readonly StoredAlertMessage[],
  channels: readonly string[],
  now: UnixMs,
): readonly ChannelFacts[] {
  return channels.flatMap((channel): readonly ChannelFacts[] => {
    const tried = messages.filter(
      (one) => one.channel === channel && one.triedAt !== undefined && now - one.triedAt < 2 * giveUpAfterMs,
    );
    const lastSent = Math.max(0, ...tried.filter(({ state }) => state === 'sent').map(({ triedAt = 0 }) => triedAt));
    const failed = tried.filter(
      ({ state, tries, triedAt = 0 }) =>
        (state === 'failed' || state === 'unclear' || ((state === 'waiting' || state === 'sending') && tries > toleratedTries)) &&
        triedAt > lastSent,
    );
    const newest = failed.toSorted((one, other) => (other.triedAt ?? 0) - (one.triedAt ?? 0))[0];
    if (!newest) return [];
    return [
      {
        channel,
        failingSince: Math.min(...failed.map(({ createdAt }) => createdAt)),
        problem: newest.problem ?? 'no response arrived',
        isUnclear: failed.every(({ state }) => state === 'unclear'),
        missed: failed.map(({ content }) => messageSchema.parse(content).title),
      },
    ];
  });
}
