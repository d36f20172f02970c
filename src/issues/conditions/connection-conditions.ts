import { getLossWarningTime } from '../../destinations/kit/delivery-deadline.ts';
import { judgeAccuracy } from '../../event/accuracy-limit.ts';
import type { AlertConditionName } from '../../event/alert-conditions.ts';
import { formatCount, formatPercent } from '../../event/format-numbers.ts';
import { describeUncounted, isCheckValid, uncountedRemedy } from '../../event/uncounted-goals.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { ConnectionConditionInput, SiteFacts } from '../facts/facts.ts';
import { formatWorth } from '../facts/money.ts';
import { describeDelivery, getRefusalStart, isNearlyLost } from './describe-delivery.ts';
import { type ConditionContext, type Finding, getConnectionPath, type Verdict } from './verdict.ts';

type ConnectionJudge = (facts: ConnectionConditionInput, context: ConditionContext & { readonly site: SiteFacts }) => Verdict;

/** The conditions of one connection. */
export const connectionConditions = {
  paused(facts, { threshold, now, site }) {
    const { pause } = facts;
    return pause && now - pause.since > threshold * minuteMs ? describeDelivery(facts, site, now) : 'fine';
  },

  retrying(facts, { threshold, now, site }) {
    const since = getRefusalStart(facts);
    return since !== undefined && now - since > threshold * minuteMs ? { ...describeDelivery(facts, site, now), since } : 'fine';
  },

  'oldest-undelivered'(facts, { threshold, now, site }) {
    // An import of old orders has not waited long, so the receipt counts.
    const { waitingSince } = facts;
    if (waitingSince === undefined || now - waitingSince <= threshold * hourMs) return 'fine';
    return { ...describeDelivery(facts, site, now), since: waitingSince + threshold * hourMs };
  },

  accuracy({ connection, name, week }, { threshold, now, site }) {
    if (!week) return 'fine';
    if (week === 'unread') return 'unknown';
    const state = judgeAccuracy(week, threshold);
    if (state !== 'under') return state === 'few' ? 'unknown' : 'fine';
    return {
      kind: 'accuracy',
      severity: 'warning',
      title: `${name} misses orders`,
      sentence: `${formatPercent(week.share ?? 0)} of the orders of ${site.name} of the last seven days are accounted for at ${name}. The limit is ${formatPercent(threshold)}.`,
      figures: [
        { label: 'Orders', value: String(week.orders) },
        { label: 'Missing', value: String(week.missing) },
      ],
      remedy: `See the reasons on the page “Accuracy”, or run \`convey accuracy --site ${site.site} --connection ${connection}\`.`,
      action: { label: 'See missing orders', path: `/sites/${site.site}/accuracy` },
      names: { site: site.name, connection: name },
      since: now,
      events: week.missing,
      money: week.missingMoney ?? [],
    };
  },

  'rejected-share'({ connection, name, day, money }, { threshold, now, site }) {
    const all = day.sent + day.dead;
    if (all < minDayEvents) return 'unknown';
    if (day.dead === 0 || day.dead / all < threshold) return 'fine';
    return {
      kind: 'rejected-share',
      severity: 'warning',
      title: `${name} refuses many events`,
      sentence: `${formatPercent(day.dead, all)} of the events that ${site.name} sent to ${name} in the last 24 hours were refused or too old.`,
      figures: [
        { label: 'Failed events', value: String(day.dead) },
        { label: 'Accepted events', value: String(day.sent) },
      ],
      remedy:
        'See the reasons under “Failed events” on the page of the connection, or run `convey dead-letters list`. Fix the cause, then retry them.',
      action: reviewFailed(site.site, connection),
      names: { site: site.name, connection: name },
      since: now,
      events: day.dead,
      money: money.dead,
    };
  },

  'dead-letters'(facts, { threshold, now, site }) {
    const { deadLetters } = facts;
    return deadLetters > 0 && deadLetters >= threshold ? describeDeadLetters(facts, site, now) : 'fine';
  },

  'goal-missing'({ connection, name, week }, { threshold, now, site }) {
    if (week === 'unread') return 'unknown';
    if (!week || week.withoutGoal === 0 || week.withoutGoal < threshold) return 'fine';
    return {
      kind: 'goal-missing',
      severity: 'warning',
      title: `${name} has no goal for orders`,
      sentence: `Orders of ${site.name} are not sent to ${name}, because its settings name no conversion goal for purchases.`,
      figures: [{ label: 'Orders of the last seven days', value: String(week.withoutGoal) }],
      remedy: 'Create the goal on the platform, and map `Purchase` to it in the settings of the connection.',
      action: { label: 'Correct settings', path: getConnectionPath(site.site, connection) },
      names: { site: site.name, connection: name },
      since: now,
      events: week.withoutGoal,
      money: week.withoutGoalMoney ?? [],
    };
  },

  'goal-uncounted'({ connection, name, account }, { threshold, now, site }) {
    if (!account) return 'fine';
    const { checkedAt, uncounted } = account;
    if (!isCheckValid(checkedAt, now)) return 'unknown';
    const lost = uncounted.filter(({ events }) => events > 0);
    const events = lost.reduce((sum, one) => sum + one.events, 0);
    if (events === 0 || events < threshold) return 'fine';
    const names = lost.toSorted((one, other) => other.events - one.events).map((one) => one.name);
    return {
      kind: 'goal-uncounted',
      severity: 'warning',
      title: `${name} accepts events that no goal counts`,
      sentence: `${name} accepted ${formatCount(events, 'event')} of ${site.name} in the seven days before the last check, and ${describeUncounted(names)}.`,
      figures: [{ label: 'Accepted, not counted', value: String(events) }],
      remedy: uncountedRemedy,
      action: { label: 'See goals', path: `${getConnectionPath(site.site, connection)}?tab=settings` },
      names: { site: site.name, connection: name },
      since: now,
      events,
      money: [],
    };
  },
} as const satisfies Partial<Record<AlertConditionName, ConnectionJudge>>;

/** The condition that events are about to be lost: those that waited for most of the time until their platform refuses them. */
export function judgeNearlyLost(facts: ConnectionConditionInput, site: SiteFacts, now: UnixMs): Verdict {
  const { oldest, maxAgeMs } = facts;
  if (oldest === undefined || !isNearlyLost(facts, now)) return 'fine';
  return { ...describeDelivery(facts, site, now), since: getLossWarningTime(oldest, maxAgeMs) };
}

/** Describes the events that a connection does not send again by itself. */
function describeDeadLetters(
  { connection, name, deadLetters, deadPurchases, money }: ConnectionConditionInput,
  site: SiteFacts,
  now: UnixMs,
): Finding {
  const others = deadLetters - deadPurchases;
  const parts = [
    ...(deadPurchases > 0 ? [formatCount(deadPurchases, 'purchase')] : []),
    ...(others > 0 ? [formatCount(others, deadPurchases > 0 ? 'other event' : 'event')] : []),
  ].join(' and ');
  const worth = formatWorth(money, 'dead');
  const it = deadLetters === 1 ? 'it' : 'them';
  return {
    kind: 'dead-letters',
    // The platform does not count a purchase that it did not get.
    severity: deadPurchases > 0 ? 'warning' : 'note',
    title: `${parts} could not be delivered to ${name}`,
    sentence: `${parts} could not be delivered to ${name}${worth && `, worth ${worth}`}. Convey does not send ${it} again unless you retry ${it}.`,
    figures: [
      { label: 'Failed events', value: String(deadLetters) },
      { label: 'Purchases among them', value: String(deadPurchases) },
      ...(worth ? [{ label: 'Worth', value: worth }] : []),
    ],
    remedy: `See the reasons under “Failed events” on the page of the connection, or run \`convey dead-letters list\`. Retry ${it}, or drop ${it}.`,
    action: reviewFailed(site.site, connection),
    names: { site: site.name, connection: name },
    since: now,
    events: deadLetters,
    money: money.dead,
  };
}

function reviewFailed(site: string, connection: string): Finding['action'] {
  return { label: 'Review failed events', path: `${getConnectionPath(site, connection)}?tab=failed` };
}

/** One refused event of few would be a large share. */
const minDayEvents = 20;
