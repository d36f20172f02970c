import { isDeepStrictEqual } from 'node:util';
import { formatUtc, minuteMs, type UnixMs } from '../event/units.ts';
import type { Finding } from '../issues/conditions/verdict.ts';
import type { Logger } from '../logger.ts';
import type { AlertMessage, AlertStore, OpenAlert } from '../storage/ports/alerts.ts';
import type { Judgement } from './conditions/evaluate-rules.ts';
import { describeEnd } from './ended-texts.ts';
import { type Message, messageSchema } from './message.ts';

export interface CycleDeps {
  readonly store: Pick<AlertStore, 'listOpenAlerts' | 'beginAlert' | 'addAlertChannels' | 'changeAlertContent' | 'endAlert'>;
  readonly logger: Logger;
  readonly now: UnixMs;
  /** Returns whether this process checks a site, rather than another one. */
  readonly checksSite: (site: string) => boolean;
  /** The id of this process, if there are several. */
  readonly node?: string | undefined;
  /** The ids of the channels of the settings. */
  readonly channels: readonly string[];
}

/**
 * Begins an alert for each condition that holds, and ends those whose condition no longer holds. Each change is stored together with its
 * messages, so that a restart repeats and omits none. A channel that is added while an alert is open receives its message as well. An open
 * alert has the present figures. An alert that is no longer watched ends without a message.
 */
export async function updateAlerts(judgements: readonly Judgement[], deps: CycleDeps): Promise<void> {
  const open = new Map((await deps.store.listOpenAlerts()).map((alert) => [alert.key, alert]));
  for (const judgement of judgements) {
    const alert = open.get(judgement.key);
    open.delete(judgement.key);
    const { verdict } = judgement;
    if (verdict === 'fine') {
      if (alert) await endAlert(alert, deps);
    } else if (alert) {
      await addChannels(alert, judgement, deps);
      if (verdict !== 'unknown') await changeFigures(alert, verdict, deps);
    } else if (verdict !== 'unknown') await beginAlert(judgement, verdict, deps);
  }
  for (const { key, content } of open.values())
    if (isUnwatched(messageSchema.parse(content), deps) && (await deps.store.endAlert(key, [])))
      deps.logger.info({ alert: key }, 'alert no longer watched');
}

/**
 * Begins an alert. Its id names the hour at which its condition began. If an alert with this id has ended already, the id names the present
 * hour, and an alert that ended in this hour begins again in the next one.
 */
async function beginAlert(
  { key, on, issue, site, connection, node, channels }: Judgement,
  finding: Finding,
  deps: CycleDeps,
): Promise<void> {
  const { store, logger, now } = deps;
  const { names, action, sentence, figures, remedy, since } = finding;
  const isUrgent = finding.severity === 'urgent' || on === 'channel-failing';
  const subject = names.connection === undefined ? names.site : `${names.site}: ${names.connection}`;
  const content: Message = {
    kind: 'began',
    on,
    // Quiet hours do not delay the message of a failing channel, whatever its severity.
    isUrgent,
    title: names.site === undefined ? finding.title : `${names.site}: ${finding.title}`,
    sentence,
    figures,
    ...(remedy !== undefined && { remedy }),
    path: action.path,
    since,
    ...(since === now && { isFound: true }),
    ...(subject !== undefined && { subject }),
    issue,
    ...(site !== undefined && { site }),
    ...(connection !== undefined && { connection }),
    ...(node !== undefined && { node, checkedAt: now }),
  };
  for (const hour of new Set([formatHour(since), formatHour(now)])) {
    const id = `${key}/${hour}`;
    const messages = channels.map((channel): AlertMessage => ({ id, channel, createdAt: now, dueAt: now, content }));
    if (!(await store.beginAlert({ key, id, beganAt: now, content, channels }, messages))) continue;
    const fields = { alert: key, ...(site !== undefined && { site }), ...(connection !== undefined && { connection }) };
    logger[isUrgent ? 'error' : 'warn']({ ...fields, sentence, remedy }, 'alert began');
    return;
  }
}

async function addChannels(alert: OpenAlert, { channels }: Judgement, { store, now }: CycleDeps): Promise<void> {
  const added = channels.filter((channel) => !alert.channels.includes(channel));
  if (added.length === 0) return;
  const { id, content } = alert;
  await store.addAlertChannels(
    alert,
    added.map((channel): AlertMessage => ({ id, channel, createdAt: now, dueAt: now, content })),
  );
}

async function endAlert({ key, id, content, channels, beganAt }: OpenAlert, deps: CycleDeps): Promise<void> {
  const { store, logger, now } = deps;
  const began = messageSchema.parse(content);
  const { on, site, connection, subject, issue, path, since = beganAt, isFound } = began;
  const ended: Message = {
    kind: 'ended',
    on,
    isUrgent: began.isUrgent,
    ...describeEnd(began, now),
    ...(subject !== undefined && { subject }),
    ...(issue !== undefined && { issue }),
    ...(site !== undefined && { site }),
    ...(connection !== undefined && { connection }),
    since,
    ...(isFound && { isFound }),
    until: now,
    path,
  };
  const messages = channels
    .filter((channel) => deps.channels.includes(channel))
    .map((channel): AlertMessage => ({ id: `${id}/end`, channel, createdAt: now, dueAt: now, content: ended }));
  if (await store.endAlert(key, messages)) logger.info({ alert: key, sentence: ended.sentence }, 'alert ended');
}

/** The time of the last check is stored again after this time, so that not every round writes. */
const nodeCheckMs = 10 * minuteMs;
/** A process that has not checked its disk for this long has ended. */
const nodeSilenceMs = 30 * minuteMs;

/** Replaces the figures of an open alert by the present ones. Its title and its messages stay. */
async function changeFigures({ key, id, content }: OpenAlert, finding: Finding, { store, now }: CycleDeps): Promise<void> {
  const before = messageSchema.parse(content);
  const { sentence, figures, remedy } = finding;
  const isChecked = before.checkedAt === undefined || now - before.checkedAt < nodeCheckMs;
  const next: Message = {
    ...before,
    sentence,
    figures,
    ...(remedy !== undefined && { remedy }),
    ...(!isChecked && { checkedAt: now }),
  };
  if (!isDeepStrictEqual(next, before)) await store.changeAlertContent({ key, id }, next);
}

/** Returns whether no rule watches an alert, although this process would check it. Alerts of other processes are theirs until they end. */
function isUnwatched({ site, node, checkedAt }: Message, { checksSite, node: own, now }: CycleDeps): boolean {
  if (node !== undefined && node !== own) return now - (checkedAt ?? 0) > nodeSilenceMs;
  return site === undefined || checksSite(site);
}

/** Formats the hour of a time: `2026-11-28T10`. */
function formatHour(at: UnixMs): string {
  return formatUtc(at).slice(0, 13).replace(' ', 'T');
}
