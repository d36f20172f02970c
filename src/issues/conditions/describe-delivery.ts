import { getDeliveryDeadline, getLossWarningTime } from '../../destinations/kit/delivery-deadline.ts';
import { formatCount, formatDuration } from '../../event/format-numbers.ts';
import { unknownAnswerCode } from '../../event/issue.ts';
import type { UnixMs } from '../../event/units.ts';
import { describeFailureCode } from '../../net/failure-code.ts';
import type { ConnectionConditionInput, ConnectionTrouble, SiteFacts } from '../facts/facts.ts';
import { formatWorth } from '../facts/money.ts';
import { type Finding, getConnectionPath, type Severity } from './verdict.ts';

const behind: ConnectionTrouble = { now: 'is behind', since: 'has been behind' };

/** Describes the delivery to a connection that does not work as it should: the cause, and what it costs. */
export function describeDelivery(facts: ConnectionConditionInput, site: SiteFacts, now: UnixMs): Finding {
  const { connection, name, trouble = behind, waiting, money, says, oldest, maxAgeMs } = facts;
  const from = trouble.from ?? getRefusalStart(facts);
  const title = `${name} ${trouble.now}`;
  const worth = formatWorth(money, 'waiting');
  const losesAt = oldest === undefined || facts.isLossDoubtful ? undefined : getDeliveryDeadline(oldest, maxAgeMs);
  const unread = money.isBehind ? ' (without the orders of the newest, which are not read yet)' : '';
  const clauses = [
    from === undefined ? title : `${name} ${trouble.since} for ${formatDuration(now - from)}`,
    ...(waiting > 0
      ? [`${formatCount(waiting, 'event')} ${waiting === 1 ? 'waits' : 'wait'}${worth && `, worth ${worth}`}${unread}`]
      : []),
    ...(losesAt === undefined ? [] : [describeLoss(losesAt, now)]),
  ];
  return {
    kind: 'delivery',
    severity: getSeverity(facts, now),
    title,
    sentence: `${clauses.join('; ')}.`,
    detail: says,
    figures: [
      ...(isNearlyLost(facts, now) && losesAt !== undefined
        ? [{ label: 'Time left', value: formatDuration(Math.max(0, losesAt - now)) }]
        : []),
      ...(facts.failures > 0
        ? [
            { label: 'Failed requests in a row', value: String(facts.failures) },
            { label: 'Last answer', value: describeAnswer(facts) },
          ]
        : []),
      { label: 'Waiting to be sent', value: formatCount(waiting, 'event') },
      ...(worth ? [{ label: 'Worth', value: worth }] : []),
    ],
    ...getRemedy(facts, getConnectionPath(site.site, connection)),
    names: { site: site.name, connection: name },
    since: from ?? now,
    events: waiting,
    money: money.waiting,
    ...(losesAt !== undefined && { losesAt }),
  };
}

/** Returns whether the oldest waiting event will soon be lost, or is lost. */
export function isNearlyLost({ oldest, maxAgeMs, isLossDoubtful }: ConnectionConditionInput, now: UnixMs): boolean {
  return oldest !== undefined && !isLossDoubtful && now >= getLossWarningTime(oldest, maxAgeMs);
}

/** Returns since when the platform has accepted nothing while events wait. Undefined if it accepts requests. */
export function getRefusalStart({ pause, failures, takenAt = 0, waitingSince }: ConnectionConditionInput): UnixMs | undefined {
  return pause || failures === 0 || waitingSince === undefined ? undefined : Math.max(takenAt, waitingSince);
}

function getSeverity(facts: ConnectionConditionInput, now: UnixMs): Severity {
  const { health } = facts;
  if (isNearlyLost(facts, now)) return 'urgent';
  return health === 'paused' || health === 'degraded' ? 'note' : 'warning';
}

function describeLoss(losesAt: UnixMs, now: UnixMs): string {
  return losesAt <= now ? 'the oldest are lost now' : `the first are lost in ${formatDuration(losesAt - now)}`;
}

function describeAnswer({ status, code }: ConnectionConditionInput): string {
  if (status !== undefined) return `HTTP ${status}`;
  const fact = describeFailureCode(code);
  return `${fact.charAt(0).toUpperCase()}${fact.slice(1)}`;
}

function getRemedy({ pause, failures }: ConnectionConditionInput, path: string): Pick<Finding, 'remedy' | 'action'> {
  if (pause) {
    const { remedy, label, tab } = pauseTexts[pause.code === unknownAnswerCode ? 'unconfirmed' : pause.cause];
    return { remedy, action: { label, path: tab === undefined ? path : `${path}?tab=${tab}` } };
  }
  const remedy =
    failures > 0
      ? "Check the platform's status page, and the responses in the event debugger."
      : 'Fix the reason that the page of the connection, or `convey connections list`, shows.';
  return { remedy, action: { label: 'Open connection', path } };
}

const pauseTexts = {
  blocked: {
    label: 'Correct settings',
    tab: 'settings',
    remedy: 'Check the token and the ids in the settings of the connection. Convey resumes by itself once they are accepted.',
  },
  unconfirmed: {
    label: 'Correct settings',
    tab: 'settings',
    remedy:
      'Check `endpoint` in the settings of the connection, and the server behind it. Convey resumes by itself once the endpoint confirms events.',
  },
  schema: {
    label: 'Review failed events',
    tab: 'failed',
    remedy:
      'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Fix the cause, then resume the connection.',
  },
  operator: {
    label: 'Resume connection',
    tab: undefined,
    remedy: 'Resume it, or mute it in the dashboard if the pause is intended.',
  },
} as const;
