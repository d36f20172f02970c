import type { AlertConditionName } from '../../event/alert-conditions.ts';
import { beyondBudget } from '../../event/browser-budget.ts';
import { formatCount, formatDuration, formatPercent } from '../../event/format-numbers.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ReceivedKind } from '../../storage/ports/alerts.ts';
import type { SiteFacts } from '../facts/facts.ts';
import { getUsualCount, longestSilenceMs, type Silence } from '../facts/shop-rhythm.ts';
import { type ConditionContext, type Finding, noCost, uncountedCost, type Verdict } from './verdict.ts';

/** The conditions of one site. */
export const siteConditions = {
  'no-events': (site, context) =>
    judgeSilence('events', site, context, {
      kind: 'no-events',
      title: 'No events arrive',
      subject: 'No event of',
      usual: 'Usual number of events in this time',
      remedy: "Open the shop, and check that the pixel loads and the shop's server still reports.",
    }),
  'no-orders': (site, context) =>
    judgeSilence('orders', site, context, {
      kind: 'no-orders',
      title: 'No orders arrive',
      subject: 'No order of',
      usual: 'Usual number of orders in this time',
      remedy: 'Place a test order, and check that the thank-you page and the webhooks of the shop report it.',
    }),
  'pixel-missing'(site, context) {
    const browsers = site.silences.browserEvents;
    const all = site.silences.events;
    // If everything is silent, the condition of all events reports it.
    if (isSilence(browsers) && isSilence(all) && all.since <= browsers.since) return 'unknown';
    return judgeSilence('browserEvents', site, context, {
      kind: 'pixel-missing',
      title: 'The pixel reports nothing',
      subject: 'No report of a browser on',
      usual: 'Usual number of reports in this time',
      remedy:
        "Check the pixel's snippet in the shop's theme, and let the consent doctor in the dashboard, or `convey check --page`, look at a page of the shop.",
    });
  },
  'consent-differs'({ site, name, contested: { hour, day, orders } }, { threshold, now }) {
    const isMany = hour > 0 && hour >= threshold;
    const isLargeShare = day > 0 && day >= contestedShare * orders;
    if (!isMany && !isLargeShare) return 'fine';
    return {
      kind: 'consent-differs',
      severity: 'warning',
      title: 'Browsers deny orders of the shop',
      sentence: `A browser's report denied consent for ${isMany ? `${formatCount(hour, 'order')} of the last hour` : `${formatCount(day, 'order')} of the last 24 hours`} that ${name} reports itself, so platforms do not receive them in full.`,
      figures: [
        { label: 'Denied orders of the last 24 hours', value: String(day) },
        { label: 'Orders that the shop reported in the last 24 hours', value: String(orders) },
      ],
      remedy:
        "If the shoppers declined, send their choice from the server. If not, the orders' ids are guessed: use ids that cannot be guessed, and send `user.anonymousId` from the server.",
      action: { label: 'See events', path: `/sites/${site}/events` },
      names: { site: name },
      since: now,
      events: day,
      money: [],
    };
  },
  'over-budget'(site, { threshold, now }) {
    const reached = findBudgets(site, (share) => share > 0 && share >= threshold);
    if (reached.length === 0) return 'fine';
    return {
      ...describeBudgets(site, reached),
      kind: 'over-budget',
      severity: 'note',
      title: 'Browsers use much of the daily budget',
      since: now,
    };
  },
} as const satisfies Partial<Record<AlertConditionName, (site: SiteFacts, context: ConditionContext) => Verdict>>;

/** The share of a day's orders that the shop reported. */
const contestedShare = 0.02;

type BudgetKind = keyof typeof beyondBudget;

/** The condition that a budget of today is used up. It has its own alert, which the one of a part of it does not hide. */
export function judgeUsedBudget(site: SiteFacts, now: UnixMs): Verdict {
  const reached = findBudgets(site, (share) => share >= 1);
  if (reached.length === 0) return 'fine';
  return {
    ...describeBudgets(site, reached),
    ...uncountedCost,
    kind: 'budget-used-up',
    severity: 'urgent',
    title: 'The daily budget of browsers is used up',
    since: now,
  };
}

function findBudgets({ budget }: SiteFacts, isReached: (share: number) => boolean): readonly BudgetKind[] {
  return (['purchases', 'bytes'] as const).filter((kind) => isReached(budget[kind].used / budget[kind].limit));
}

function describeBudgets(
  { site, name, budget }: SiteFacts,
  kinds: readonly BudgetKind[],
): Omit<Finding, 'kind' | 'severity' | 'title' | 'since'> {
  const settings = kinds.map((kind) => `\`collector.browserBudget.${kind}\``).join(' and ');
  return {
    sentence: `Browsers alone have reported much to ${name} today. Beyond the budget, ${kinds.map((kind) => beyondBudget[kind]).join(', and ')}.`,
    figures: kinds.map((kind) => ({
      label: kind === 'purchases' ? 'Purchases that only browsers reported' : 'Bytes of browsers',
      value: `${formatPercent(budget[kind].used, budget[kind].limit)} of ${budget[kind].limit.toLocaleString('en-GB')}`,
    })),
    remedy: `If the traffic is real, raise ${settings}. If not, limit requests at your proxy, and let the shop's server or webhooks report orders.`,
    action: { label: 'See events', path: `/sites/${site}/events` },
    names: { site: name },
    ...noCost,
  };
}

interface SilenceTexts {
  readonly kind: string;
  readonly title: string;
  readonly subject: string;
  readonly usual: string;
  readonly remedy: string;
}

function judgeSilence(kind: ReceivedKind, site: SiteFacts, { threshold, now }: ConditionContext, texts: SilenceTexts): Verdict {
  const silence = site.silences[kind];
  if (!isSilence(silence)) return silence ?? 'fine';
  if (now - silence.since > longestSilenceMs) return 'unknown';
  const usual = getUsualCount(silence.earlier);
  if (usual === undefined || usual < threshold) return 'unknown';
  return {
    kind: texts.kind,
    severity: 'warning',
    title: texts.title,
    sentence: `${texts.subject} ${site.name} has arrived for ${formatDuration(now - silence.since)}. At this time of the week that is unusual.`,
    figures: [
      { label: texts.usual, value: `${Math.round(usual).toLocaleString('en-GB')} (last ${silence.earlier.length} weeks)` },
    ],
    remedy: texts.remedy,
    action: { label: 'Check setup', path: `/sites/${site.site}` },
    names: { site: site.name },
    ...noCost,
    since: silence.since,
  };
}

export function isSilence(silence: Silence | 'unknown' | undefined): silence is Silence {
  return typeof silence === 'object';
}
