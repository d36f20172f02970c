import { type AlertConditionName, alertConditions } from '../../event/alert-conditions.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import { connectionConditions } from '../conditions/connection-conditions.ts';
import { describeDelivery, isNearlyLost } from '../conditions/describe-delivery.ts';
import { getEndLimit } from '../conditions/end-limit.ts';
import { judgeDiskSpace, judgeRefusal, reportFailingChannel, reportNoDelivery } from '../conditions/gateway-conditions.ts';
import { judgeUsedBudget, siteConditions } from '../conditions/site-conditions.ts';
import type { Verdict } from '../conditions/verdict.ts';
import type { ConnectionConditionInput, Facts, GatewayFacts, SiteFacts } from '../facts/facts.ts';
import { sumMoney } from '../facts/money.ts';
import { compareIssues } from './compare-issues.ts';
import { type DetectedIssue, type Detection, formatIssueKey, type IssueSubject } from './issue.ts';
import { detectSetupIssues } from './setup-issues.ts';

export interface DetectionDeps {
  readonly now: UnixMs;
  /** The keys of the open issues. */
  readonly open: ReadonlySet<string>;
  /** Returns the thresholds of the alert rules that watch a condition of a site. */
  readonly listThresholds: (on: AlertConditionName, site?: string) => readonly number[];
}

/** Conditions on which a larger threshold is reached sooner. */
const fromBelow: ReadonlySet<AlertConditionName> = new Set(['accuracy', 'disk']);
const siteKinds = ['no-events', 'no-orders', 'pixel-missing', 'consent-differs', 'over-budget'] as const;
const connectionKinds = ['accuracy', 'rejected-share', 'goal-missing', 'goal-uncounted'] as const;

/**
 * Finds every problem in the facts, the worst first. A state, such as a pause, is an issue from its first moment. A figure is one from the
 * default threshold of its alert condition, or from that of a rule that is reached sooner, so that no alert is without its issue.
 */
export function detectIssues({ gateway, sites }: Facts, deps: DetectionDeps): Detection {
  const issues: DetectedIssue[] = [];
  const unknown = new Set<string>();
  const add: Add = (kind, subject, verdict, { part, ...more } = {}) => {
    const key = formatIssueKey(kind, subject, part);
    if (verdict === 'unknown') unknown.add(key);
    else if (verdict !== 'fine') issues.push({ ...verdict, ...more, ...subject, key });
  };
  detectOfGateway(gateway, sites, deps, add);
  for (const site of sites) {
    const { site: id } = site;
    for (const on of siteKinds) {
      const threshold = getThreshold(on, alertConditions[on].threshold, deps, { site: id });
      add(on, { site: id }, siteConditions[on](site, { threshold, now: deps.now }));
    }
    add('budget-used-up', { site: id }, judgeUsedBudget(site, deps.now));
    for (const connection of site.connections) detectOfConnection(connection, site, gateway, deps, add);
    issues.push(...detectSetupIssues(site, deps.now));
    if (site.setup?.steps === undefined) unknown.add(formatIssueKey('setup', { site: id }));
  }
  const byKey = new Map(issues.map((issue) => [issue.key, issue]));
  const isKnown = ({ key }: DetectedIssue) => byKey.get(key.replace(/^over-budget/, 'budget-used-up')) === undefined;
  return {
    issues: [...byKey.values()].filter((issue) => issue.kind !== 'over-budget' || isKnown(issue)).toSorted(compareIssues),
    unknown,
  };
}

type Add = (
  kind: string,
  subject: IssueSubject,
  verdict: Verdict,
  more?: { readonly part?: string; readonly isRetried?: true },
) => void;

function detectOfGateway(gateway: GatewayFacts, sites: readonly SiteFacts[], deps: DetectionDeps, add: Add): void {
  const { node, undeliveredSince, channels } = gateway;
  const subject = node ? { node: node.id } : {};
  const threshold = getThreshold('disk', alertConditions.disk.threshold, deps, subject);
  add('refusing', subject, judgeRefusal(gateway, deps.now));
  if (judgeRefusal(gateway, deps.now) === 'fine') add('disk', subject, judgeDiskSpace(gateway, { threshold, now: deps.now }));
  if (undeliveredSince !== undefined) {
    const waiting = sites.flatMap(({ connections }) => connections);
    const events = waiting.reduce((sum, one) => sum + one.waiting, 0);
    const money = sumMoney(waiting.flatMap((one) => one.money.waiting));
    add('no-delivery', {}, { ...reportNoDelivery(undeliveredSince), events, money });
  }
  for (const channel of channels) add('channel-failing', {}, reportFailingChannel(channel), { part: channel.channel });
}

function detectOfConnection(
  facts: ConnectionConditionInput,
  site: SiteFacts,
  { undeliveredSince }: GatewayFacts,
  deps: DetectionDeps,
  add: Add,
): void {
  const { now } = deps;
  const { health, waitingSince, deadLetters, isRetried } = facts;
  const subject = { site: site.site, connection: facts.connection };
  const judge = (on: (typeof connectionKinds)[number] | 'dead-letters', threshold: number) =>
    add(on, subject, connectionConditions[on](facts, { threshold, now, site }));
  const hours = getThreshold('oldest-undelivered', alertConditions['oldest-undelivered'].threshold, deps, subject);
  // An import of old orders has not waited long, so the receipt counts.
  const isBehind = waitingSince !== undefined && now - waitingSince > hours * hourMs;
  const isTroubled = health === 'unhealthy' || health === 'paused' || health === 'degraded' || isBehind;
  // If no gateway delivers, that is one issue of all connections.
  if (isNearlyLost(facts, now) || (isTroubled && undeliveredSince === undefined))
    add('delivery', subject, describeDelivery(facts, site, now), isRetried ? { isRetried } : {});
  judge('dead-letters', 1);
  for (const on of connectionKinds) {
    // The failed events are an issue already.
    if (on === 'rejected-share' && deadLetters > 0) continue;
    const usual = on === 'accuracy' ? (site.alertUnder ?? 0) : alertConditions[on].threshold;
    judge(on, getThreshold(on, usual, deps, subject));
  }
}

/** Returns the threshold that is reached first, or for an open issue the limit at which it ends. */
function getThreshold(
  on: AlertConditionName,
  usual: number,
  { listThresholds, open }: DetectionDeps,
  subject: IssueSubject,
): number {
  const all = [usual, ...listThresholds(on, subject.site)];
  const threshold = fromBelow.has(on) ? Math.max(...all) : Math.min(...all);
  return open.has(formatIssueKey(on, subject)) ? getEndLimit(on, threshold) : threshold;
}
