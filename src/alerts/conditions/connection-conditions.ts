import { getDeliveryDeadline, getLossWarningTime } from '../../destinations/kit/delivery-deadline.ts';
import { judgeAccuracy } from '../../event/accuracy-limit.ts';
import type { AlertConditionName } from '../../event/alert-conditions.ts';
import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import { unknownAnswerCode } from '../../event/issue.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { describeFailureCode } from '../../net/failure-code.ts';
import { formatDuration } from '../message.ts';
import type { ConnectionConditionInput, SiteFacts } from './facts.ts';
import type { ConditionContext, Finding, Verdict } from './verdict.ts';

type ConnectionJudge = (facts: ConnectionConditionInput, context: ConditionContext & { readonly site: SiteFacts }) => Verdict;

/** The conditions of one connection. */
export const connectionConditions = {
  paused({ connection, pause, waiting, oldest, maxAgeMs }, { threshold, now, site }) {
    if (!pause || now - pause.since <= threshold * minuteMs) return 'fine';
    const { reason, remedy } = pauseTexts[pause.code === unknownAnswerCode ? 'unconfirmed' : pause.cause];
    const isNearlyLost = oldest !== undefined && now >= getLossWarningTime(oldest, maxAgeMs);
    const keeps = isNearlyLost
      ? 'The oldest events are about to become too old for the platform'
      : `No event is lost until it is ${formatDuration(getDeliveryDeadline(0, maxAgeMs))} old`;
    return {
      title: `${site.site}/${connection} is paused`,
      sentence: `The connection ${connection} of ${site.name} is paused: ${reason}. ${keeps}.`,
      figures: [{ label: 'Waiting to be sent', value: formatCount(waiting, 'event') }],
      remedy,
      path: getConnectionPath(site.site, connection),
      isUrgent: false,
      since: pause.since,
    };
  },

  retrying({ connection, pause, failures, status, code, takenAt = 0, waitingSince, waiting }, { threshold, now, site }) {
    if (pause || failures === 0 || waitingSince === undefined) return 'fine';
    const since = Math.max(takenAt, waitingSince);
    if (now - since <= threshold * minuteMs) return 'fine';
    return {
      title: `${site.site}/${connection}: the platform accepts nothing`,
      sentence: `The platform of the connection ${connection} of ${site.name} has accepted nothing for ${formatDuration(now - since)}. Convey keeps trying.`,
      figures: [
        { label: 'Failed requests in a row', value: String(failures) },
        { label: 'Last answer', value: describeAnswer(status, code) },
        { label: 'Waiting to be sent', value: formatCount(waiting, 'event') },
      ],
      remedy: "Check the platform's status page, and the responses in the event debugger.",
      path: getConnectionPath(site.site, connection),
      isUrgent: false,
      since,
    };
  },

  'oldest-undelivered'(facts, { threshold, now, site }) {
    const { connection, oldest } = facts;
    if (oldest === undefined || now - oldest <= threshold * hourMs) return 'fine';
    return {
      ...describeBacklog(facts, oldest, site, now),
      title: `${site.site}/${connection} is behind`,
      isUrgent: false,
      since: oldest + threshold * hourMs,
    };
  },

  accuracy({ connection, week }, { threshold, now, site }) {
    if (!week) return 'fine';
    if (week === 'unread') return 'unknown';
    const state = judgeAccuracy(week, threshold);
    if (state !== 'under') return state === 'few' ? 'unknown' : 'fine';
    return {
      title: `${site.site}/${connection} misses orders`,
      sentence: `${formatPercent(week.share ?? 0)} of the orders of ${site.name} of the last seven days are accounted for at ${connection}. The limit is ${formatPercent(threshold)}.`,
      figures: [
        { label: 'Orders', value: String(week.orders) },
        { label: 'Missing', value: String(week.missing) },
      ],
      remedy: 'See the reasons on the page “Accuracy”, or run `convey accuracy`.',
      path: `/sites/${site.site}/accuracy`,
      isUrgent: false,
      since: now,
    };
  },

  'rejected-share'({ connection, day }, { threshold, now, site }) {
    const all = day.sent + day.dead;
    if (all < minDayEvents) return 'unknown';
    if (day.dead === 0 || day.dead / all < threshold) return 'fine';
    return {
      title: `${site.site}/${connection}: many events are refused`,
      sentence: `${formatPercent(day.dead, all)} of the events that ${site.name} sent to ${connection} in the last 24 hours were refused or too old.`,
      figures: [
        { label: 'Failed events', value: String(day.dead) },
        { label: 'Accepted events', value: String(day.sent) },
      ],
      remedy:
        'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Fix the cause, then retry them.',
      path: getConnectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },

  'dead-letters'({ connection, deadLetters, deadPurchases }, { threshold, now, site }) {
    if (deadLetters === 0 || deadLetters < threshold) return 'fine';
    return {
      title: `${site.site}/${connection} has failed events`,
      sentence: `The connection ${connection} of ${site.name} has ${formatCount(deadLetters, 'failed event')}: events that it will not send unless you retry them.`,
      figures: [
        { label: 'Failed events', value: String(deadLetters) },
        { label: 'Purchases among them', value: String(deadPurchases) },
      ],
      remedy:
        'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Retry them, or drop them.',
      path: getConnectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },

  'goal-missing'({ connection, week }, { threshold, now, site }) {
    if (week === 'unread') return 'unknown';
    if (!week || week.withoutGoal === 0 || week.withoutGoal < threshold) return 'fine';
    return {
      title: `${site.site}/${connection} has no goal for orders`,
      sentence: `Orders of ${site.name} are not sent to ${connection}, because its settings name no conversion goal for purchases.`,
      figures: [{ label: 'Orders of the last seven days', value: String(week.withoutGoal) }],
      remedy: 'Create the goal on the platform, and map `Purchase` to it in the settings of the connection.',
      path: getConnectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },
} as const satisfies Partial<Record<AlertConditionName, ConnectionJudge>>;

/** The condition that events are about to be lost: those that waited for most of the time until their platform refuses them. */
export function judgeNearlyLost(facts: ConnectionConditionInput, site: SiteFacts, now: UnixMs): Verdict {
  const { connection, oldest, maxAgeMs } = facts;
  if (oldest === undefined) return 'fine';
  const since = getLossWarningTime(oldest, maxAgeMs);
  if (now < since) return 'fine';
  const title = `${site.site}/${connection} is about to lose events`;
  return { ...describeBacklog(facts, oldest, site, now), title, isUrgent: true, since };
}

function describeBacklog(
  { connection, maxAgeMs, waiting }: ConnectionConditionInput,
  oldest: UnixMs,
  { site, name }: SiteFacts,
  now: UnixMs,
): Pick<Finding, 'sentence' | 'figures' | 'remedy' | 'path'> {
  return {
    sentence: `The oldest waiting event of the connection ${connection} of ${name} is ${formatDuration(now - oldest)} old. The platform refuses events that are ${formatDuration(maxAgeMs)} old.`,
    figures: [
      { label: 'Time left', value: formatDuration(Math.max(0, getDeliveryDeadline(oldest, maxAgeMs) - now)) },
      { label: 'Waiting to be sent', value: formatCount(waiting, 'event') },
    ],
    remedy: 'Fix the reason that the page of the connection, or `convey connections list`, shows.',
    path: getConnectionPath(site, connection),
  };
}

function describeAnswer(status: number | undefined, code: string | undefined): string {
  if (status !== undefined) return `HTTP ${status}`;
  const fact = describeFailureCode(code);
  return `${fact.charAt(0).toUpperCase()}${fact.slice(1)}`;
}

const pauseTexts = {
  blocked: {
    reason: 'the platform refuses the connection itself, for example its token',
    remedy: 'Check the token and the ids in the settings of the connection. Convey resumes by itself once they are accepted.',
  },
  unconfirmed: {
    reason: 'its endpoint has answered for 6 hours in an unknown form, so no event counts as delivered',
    remedy:
      'Check `endpoint` in the settings of the connection, and the server behind it. Convey resumes by itself once the endpoint confirms events.',
  },
  schema: {
    reason: 'the platform refused more than 50 of the last 1,000 events',
    remedy:
      'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Fix the cause, then resume the connection.',
  },
  operator: { reason: 'an operator paused it', remedy: 'Resume it, or mute it in the dashboard if the pause is intended.' },
} as const;

/** One refused event of few would be a large share. */
const minDayEvents = 20;

function getConnectionPath(site: string, connection: string): string {
  return `/sites/${site}/destinations/${connection}`;
}
