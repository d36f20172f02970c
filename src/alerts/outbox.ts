import type { AlertChannel, AlertsConfig } from '../config/alerts.ts';
import { hourMs, minuteMs, secondMs, type UnixMs } from '../event/units.ts';
import type { ChannelFacts } from '../issues/facts/facts.ts';
import { describeError, type Logger } from '../logger.ts';
import type { AlertAttempts, AlertStore, StoredAlertMessage } from '../storage/ports/alerts.ts';
import { type ChannelDeps, recognizesRepeats, sendMessage } from './channels/send-message.ts';
import { getQuietEnd } from './local-time.ts';
import { messageSchema, renderMessage } from './message.ts';

export interface OutboxDeps extends ChannelDeps {
  readonly store: Pick<
    AlertStore,
    'listDueAlertMessages' | 'listUnsettledAlertMessages' | 'claimAlertMessage' | 'settleAlertMessage' | 'postponeAlertMessage'
  >;
  readonly settings: () => AlertsConfig;
  readonly dashboardUrl: () => string;
  readonly logger: Logger;
  /** Returns whether the gateway stops. Messages that are left are sent after the next start. */
  readonly isOver: () => boolean;
}

/** The waits after a failed attempt, listed in `docs/guides/alerts.md`. Attempts end after a day. Events have those of `backoff.ts`. */
const retryDelaysMs = [minuteMs, 5 * minuteMs, 15 * minuteMs, hourMs, 3 * hourMs];
const lastRetryDelayMs = 6 * hourMs;
const giveUpAfterMs = 24 * hourMs;
/**
 * The longest attempt: a server that scans mail may take minutes to respond to its content.
 * @source https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.2.6 (2026-11-28): 10 minutes
 */
const longestAttemptMs = 10 * minuteMs;
/** A claim that is older belongs to a process that ended. */
const claimMs = longestAttemptMs + 2 * minuteMs;
const messagesPerChannel = 20;

export interface Outbox {
  /** Begins to send the messages that are due: one after another to each channel, and to all channels at once. Leaves out busy channels. */
  sendDue(): Promise<void>;
  /** Resolves when no message is being sent. */
  settle(): Promise<void>;
}

/** Creates an outbox. A channel that responds slowly delays neither the other channels nor the checks. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const busy = new Map<string, Promise<void>>();
  return {
    async sendDue() {
      await releaseClaims(deps);
      const due = await deps.store.listDueAlertMessages(deps.now(), messagesPerChannel);
      for (const [channel, messages] of Map.groupBy(due, (message) => message.channel)) {
        if (busy.has(channel)) continue;
        const sending = sendToChannel(channel, messages, deps)
          .catch((error: unknown) => deps.logger.error({ channel, error: describeError(error) }, 'alert message not sent'))
          .finally(() => busy.delete(channel));
        busy.set(channel, sending);
      }
    },
    async settle() {
      await Promise.all(busy.values());
    },
  };
}

async function sendToChannel(id: string, messages: readonly StoredAlertMessage[], deps: OutboxDeps): Promise<void> {
  for (const message of messages) {
    if (deps.isOver()) return;
    const channel = deps.settings().channels.find((one) => one.id === id);
    const isSent = channel ? await sendStored(channel, message, deps) : await dropMessage(message, deps);
    // The next messages would fail as well. They are tried in the next round.
    if (!isSent) return;
  }
}

async function dropMessage({ id, channel }: StoredAlertMessage, { store, now }: OutboxDeps): Promise<boolean> {
  const claimedAt = now();
  if (await store.claimAlertMessage(id, channel, claimedAt))
    await store.settleAlertMessage(id, channel, {
      state: 'failed',
      claimedAt,
      dueAt: claimedAt,
      problem: 'the channel was removed',
    });
  return true;
}

/** Sends one message. Returns whether the channel accepted it, or it is not to be sent now. */
async function sendStored(channel: AlertChannel, message: StoredAlertMessage, deps: OutboxDeps): Promise<boolean> {
  const { store, now, settings, dashboardUrl, logger } = deps;
  const { id, createdAt, tries, content } = message;
  const parsed = messageSchema.safeParse(content);
  const { timeZone, quietHours } = settings();
  const claimedAt = now();
  const quietEnd = getQuietEnd(claimedAt, quietHours, timeZone);
  if (quietEnd > claimedAt && parsed.data?.isUrgent === false) {
    await store.postponeAlertMessage(id, channel.id, quietEnd);
    return true;
  }
  if (!(await store.claimAlertMessage(id, channel.id, claimedAt))) return true;
  if (!parsed.success) {
    const problem = 'another version of Convey stored the message';
    await store.settleAlertMessage(id, channel.id, { state: 'failed', claimedAt, dueAt: claimedAt, problem });
    return true;
  }
  const rendered = renderMessage(parsed.data, { dashboardUrl: dashboardUrl(), timeZone });
  const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(longestAttemptMs)]);
  const result = await sendMessage(channel, { id, createdAt }, rendered, { ...deps, signal });
  const at = now();
  if (result.isSent) {
    const { problem } = result;
    await store.settleAlertMessage(id, channel.id, {
      state: 'sent',
      claimedAt,
      dueAt: at,
      ...(problem !== undefined && { problem }),
    });
    logger.info({ message: id, channel: channel.id, ...(problem !== undefined && { problem }) }, 'alert message sent');
    return true;
  }
  const { problem, retryAfter } = result;
  // A repetition would be shown twice.
  const isUnclear = result.isUnclear === true && !recognizesRepeats(channel);
  const delayMs = Math.max(retryDelaysMs[tries] ?? lastRetryDelayMs, Math.min(readSeconds(retryAfter), longestAskedMs));
  const isOver = at + delayMs - createdAt > giveUpAfterMs && tries > 0;
  await store.settleAlertMessage(id, channel.id, {
    state: isUnclear ? 'unclear' : isOver ? 'failed' : 'waiting',
    claimedAt,
    dueAt: at + delayMs,
    problem,
  });
  const fields = { message: id, channel: channel.id, problem, tries: tries + 1 };
  logger.warn(fields, isUnclear ? 'alert message unclear' : 'alert message not sent');
  return false;
}

/** Decides about messages that a process claimed and never settled. A channel that would show a message twice does not get it again. */
async function releaseClaims({ store, settings, now, logger }: OutboxDeps): Promise<void> {
  for (const { id, channel, triedAt = 0 } of await store.listUnsettledAlertMessages(now() - claimMs)) {
    const target = settings().channels.find((one) => one.id === channel);
    const isRepeated = target !== undefined && recognizesRepeats(target);
    await store.settleAlertMessage(id, channel, {
      state: isRepeated ? 'waiting' : 'unclear',
      claimedAt: triedAt,
      dueAt: now(),
      problem: 'Convey stopped while it was sending the message',
    });
    logger.warn({ message: id, channel }, 'alert message unclear');
  }
}

/** A channel has no probe, so it gets one message an hour if it asks for a longer wait. */
const longestAskedMs = hourMs;

function readSeconds(retryAfter: string | undefined): number {
  return /^\d{1,5}$/.test(retryAfter ?? '') ? Number(retryAfter) * secondMs : 0;
}

/** The first failure may be a short one. The second is reported to another channel. */
const toleratedTries = 1;

/** Returns why the last attempt of a channel failed, also if that is tolerated yet. Undefined if it accepted a message since, or was never tried. */
export function findLastProblem(
  { sentAt, missed }: AlertAttempts,
  { id, changedAt }: { readonly id: string; readonly changedAt: UnixMs },
): string | undefined {
  const newest = missed
    .filter(({ channel, triedAt }) => channel === id && triedAt > Math.max(sentAt.get(id) ?? 0, changedAt))
    .toSorted((one, other) => other.triedAt - one.triedAt)[0];
  return newest && (newest.problem ?? 'no response arrived');
}

/**
 * Finds the channels that do not accept messages: the last attempts failed or have no result. A channel fails until it accepts a message,
 * which may be a test, or until its settings change.
 */
export function findFailingChannels(
  { sentAt, missed }: AlertAttempts,
  channels: readonly { readonly id: string; readonly changedAt: UnixMs }[],
): readonly ChannelFacts[] {
  return channels.flatMap(({ id: channel, changedAt }): readonly ChannelFacts[] => {
    const failed = missed.filter(
      (one) =>
        one.channel === channel &&
        one.triedAt > Math.max(sentAt.get(channel) ?? 0, changedAt) &&
        (['failed', 'unclear', 'sent'].includes(one.state) || one.tries > toleratedTries),
    );
    const newest = failed.toSorted((one, other) => other.triedAt - one.triedAt)[0];
    if (!newest) return [];
    return [
      {
        channel,
        failingSince: Math.min(...failed.map(({ createdAt }) => createdAt)),
        problem: newest.problem ?? 'no response arrived',
        isUnclear: failed.every(({ state }) => state === 'unclear' || state === 'sent'),
        missed: failed.map(({ title }) => title),
      },
    ];
  });
}
