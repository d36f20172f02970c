import type { AlertRule } from '../../config/alerts.ts';
import { type AlertConditionName, alertConditions } from '../../event/alert-conditions.ts';
import type { UnixMs } from '../../event/units.ts';
import { connectionConditions, judgeNearlyLost } from '../../issues/conditions/connection-conditions.ts';
import { getEndLimit } from '../../issues/conditions/end-limit.ts';
import {
  judgeDiskSpace,
  judgeRefusal,
  reportFailingChannel,
  reportNoDelivery,
} from '../../issues/conditions/gateway-conditions.ts';
import { judgeUsedBudget, siteConditions } from '../../issues/conditions/site-conditions.ts';
import type { Verdict } from '../../issues/conditions/verdict.ts';
import { formatIssueKey } from '../../issues/detectors/issue.ts';
import { detectSetupIssues } from '../../issues/detectors/setup-issues.ts';
import type { ConnectionConditionInput, Facts, GatewayFacts, SiteFacts } from '../../issues/facts/facts.ts';
import type { AlertMute } from '../../storage/ports/alerts.ts';

/** The verdict on one condition at one subject. */
export interface Judgement {
  /** The condition with its threshold, the site and the connection. */
  readonly key: string;
  readonly on: AlertConditionName | 'channel-failing' | 'no-delivery';
  /** The key of the issue that the condition belongs to. */
  readonly issue: string;
  readonly site?: string;
  readonly connection?: string;
  /** The id of the process whose disk it is. */
  readonly node?: string;
  readonly verdict: Verdict;
  /** The channels of the rules that watch it. */
  readonly channels: readonly string[];
}

interface Target {
  readonly id: string;
  readonly sites?: readonly string[] | undefined;
}

export interface EvaluationDeps {
  readonly rules: readonly AlertRule[];
  readonly channels: readonly Target[];
  readonly mutes: readonly AlertMute[];
  /** The keys of the open alerts. */
  readonly open: ReadonlySet<string>;
  readonly now: UnixMs;
}

/** Judges every condition that a rule watches. Rules with one condition and one threshold add up their channels. Muted connections are absent. */
export function evaluateRules(facts: Facts, deps: EvaluationDeps): readonly Judgement[] {
  const { rules, channels, mutes, open, now } = deps;
  const judgements = new Map<string, Judgement>();
  const add = (judgement: Judgement) => {
    const before = judgements.get(judgement.key)?.channels ?? [];
    judgements.set(judgement.key, { ...judgement, channels: [...new Set([...before, ...judgement.channels])] });
  };
  for (const rule of rules) {
    const select = (site?: string) =>
      channels.filter(({ id, sites }) => (rule.for?.includes(id) ?? true) && covers(sites, site)).map(({ id }) => id);
    for (const found of judgeRule(facts, rule, { open, now })) {
      if (isMuted(found, mutes, now)) continue;
      add({ ...found, channels: select(found.site) });
    }
  }
  for (const judgement of [...judgeDelivery(facts, channels, open), ...judgeChannels(facts, channels)]) add(judgement);
  return [...judgements.values()];
}

/** Returns the thresholds of the rules that watch a condition of a site, or of the gateway. */
export function listThresholds(rules: readonly AlertRule[], on: AlertConditionName, site: string | undefined): readonly number[] {
  return rules
    .filter((rule) => rule.on === on && (rule.sites === undefined || site === undefined || rule.sites.includes(site)))
    .flatMap(({ threshold }) => threshold ?? []);
}

/** Judges whether a gateway delivers. Each process that watches alerts does, and the store begins the alert once. */
function judgeDelivery({ gateway }: Facts, channels: readonly Target[], open: ReadonlySet<string>): readonly Judgement[] {
  const on = 'no-delivery';
  const { undeliveredSince: since } = gateway;
  if (since === undefined && !open.has(on)) return [];
  const unlimited = channels.filter(({ sites }) => sites === undefined).map(({ id }) => id);
  return [
    {
      key: on,
      on,
      issue: formatIssueKey(on, {}),
      verdict: since === undefined ? 'fine' : reportNoDelivery(since),
      channels: unlimited,
    },
  ];
}

/** Judges each channel. A channel that fails is reported to the first other one that works and is not limited to sites. */
function judgeChannels({ gateway }: Facts, channels: readonly Target[]): readonly Judgement[] {
  const failing = new Map(gateway.channels.map((one) => [one.channel, one]));
  return channels.map(({ id }) => {
    const failure = failing.get(id);
    const other = channels.find((one) => one.id !== id && !failing.has(one.id) && one.sites === undefined);
    return {
      key: `channel-failing/${id}`,
      on: 'channel-failing',
      issue: formatIssueKey('channel-failing', {}, id),
      verdict: failure ? reportFailingChannel(failure) : gateway.workingChannels.includes(id) ? 'fine' : 'unknown',
      channels: failure && other ? [other.id] : [],
    };
  });
}

/** Alerts of the gateway itself go to channels that are not limited to sites. */
function covers(sites: readonly string[] | undefined, site: string | undefined): boolean {
  return sites === undefined || (site !== undefined && sites.includes(site));
}

function isMuted(
  { site, connection }: Pick<Judgement, 'site' | 'connection'>,
  mutes: readonly AlertMute[],
  now: UnixMs,
): boolean {
  return mutes.some((one) => one.site === site && one.connection === connection && (one.until === undefined || now < one.until));
}

type RuleJudgement = Omit<Judgement, 'channels'>;
type EvaluationState = Pick<EvaluationDeps, 'open' | 'now'>;
type SiteCondition = keyof typeof siteConditions;
type ConnectionCondition = keyof typeof connectionConditions;

function judgeRule({ gateway, sites }: Facts, rule: AlertRule, state: EvaluationState): readonly RuleJudgement[] {
  const { on, sites: only } = rule;
  if (on === 'disk') return judgeDisk(gateway, rule, state);
  const watched = only === undefined ? sites : sites.filter(({ site }) => only.includes(site));
  return watched.flatMap((site) =>
    on === 'key-distrusted'
      ? judgeKeys(site, rule, state)
      : isSiteCondition(on)
        ? judgeSite(site, on, rule, state)
        : site.connections.flatMap((connection) => judgeConnection(connection, site, on, rule, state)),
  );
}

/** The kind of the issue that a condition of a connection belongs to. */
const issueKinds = {
  paused: 'delivery',
  retrying: 'delivery',
  'oldest-undelivered': 'delivery',
  accuracy: 'accuracy',
  'rejected-share': 'rejected-share',
  'dead-letters': 'dead-letters',
  'goal-missing': 'goal-missing',
  'goal-uncounted': 'goal-uncounted',
} as const satisfies Record<ConnectionCondition, string>;

function isSiteCondition(on: AlertConditionName): on is SiteCondition {
  return Object.hasOwn(siteConditions, on);
}

function judgeDisk(gateway: GatewayFacts, rule: AlertRule, { open, now }: EvaluationState): readonly RuleJudgement[] {
  const { on } = rule;
  const { node } = gateway;
  const key = formatKey(rule, ...(node ? [node.id] : []));
  const threshold = getLimit(key, on, rule.threshold ?? alertConditions[on].threshold, open);
  const process = node ? { node: node.id } : {};
  const subject = { on, ...process };
  return [
    { ...subject, key, issue: formatIssueKey('disk', process), verdict: judgeDiskSpace(gateway, { threshold, now }) },
    { ...subject, key: `${key}/refused`, issue: formatIssueKey('refusing', process), verdict: judgeRefusal(gateway, now) },
  ];
}

function judgeSite(
  facts: SiteFacts,
  on: SiteCondition,
  rule: AlertRule,
  { open, now }: EvaluationState,
): readonly RuleJudgement[] {
  const { site } = facts;
  const key = formatKey(rule, site);
  const threshold = getLimit(key, on, rule.threshold ?? alertConditions[on].threshold, open);
  const issue = formatIssueKey(on, { site });
  const judgement: RuleJudgement = { on, site, key, issue, verdict: siteConditions[on](facts, { threshold, now }) };
  if (on !== 'over-budget') return [judgement];
  // It is urgent whatever the threshold is.
  const usedUp = { key: `${on}:used-up/${site}`, issue: formatIssueKey('budget-used-up', { site }) };
  return [judgement, { on, site, ...usedUp, verdict: judgeUsedBudget(facts, now) }];
}

/** Judges each secret key that a page used, and each that has an open alert. Each key has an alert of its own. */
function judgeKeys(facts: SiteFacts, rule: AlertRule, { open, now }: EvaluationState): readonly RuleJudgement[] {
  const on = 'key-distrusted';
  const { site, setup } = facts;
  const found = detectSetupIssues(facts, now).filter(({ kind }) => kind === on);
  const prefix = `${formatKey(rule, site)}/`;
  const issuePrefix = `${formatIssueKey(on, { site })}/`;
  const isReached = found.length >= (rule.threshold ?? alertConditions[on].threshold);
  const verdicts = new Map<string, Verdict>(
    [...open]
      .filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), setup?.distrustedKeys ? 'fine' : 'unknown']),
  );
  if (isReached) for (const finding of found) verdicts.set(finding.key.slice(issuePrefix.length), finding);
  return [...verdicts].map(([id, verdict]) => ({ on, site, key: prefix + id, issue: issuePrefix + id, verdict }));
}

function judgeConnection(
  facts: ConnectionConditionInput,
  site: SiteFacts,
  on: ConnectionCondition,
  rule: AlertRule,
  { open, now }: EvaluationState,
): readonly RuleJudgement[] {
  const { connection } = facts;
  // Without an account nothing is known about goals, so an open alert ends without a message.
  if (on === 'goal-uncounted' && !facts.account) return [];
  const issue = formatIssueKey(issueKinds[on], { site: site.site, connection });
  const subject = { on, issue, site: site.site, connection };
  const key = formatKey(rule, site.site, connection);
  // A site has its own limit of order accuracy.
  const usual = on === 'accuracy' ? (site.alertUnder ?? 0) : alertConditions[on].threshold;
  const threshold = getLimit(key, on, rule.threshold ?? usual, open);
  const judgement: RuleJudgement = { ...subject, key, verdict: connectionConditions[on](facts, { threshold, now, site }) };
  if (on !== 'oldest-undelivered') return [judgement];
  // It is urgent whatever the threshold is.
  const nearlyLost = { key: `${on}:nearly-lost/${site.site}/${connection}`, verdict: judgeNearlyLost(facts, site, now) };
  return [judgement, { ...subject, ...nearlyLost }];
}

/** Formats the key of a rule at a subject: `accuracy:0.8/<site>/<connection>`. */
function formatKey({ on, threshold }: AlertRule, ...subject: readonly string[]): string {
  return [`${on}:${threshold ?? 'default'}`, ...subject].join('/');
}

/** Returns the limit of a figure: the threshold, or for an open alert the limit at which it ends. */
function getLimit(key: string, on: AlertConditionName, threshold: number, open: ReadonlySet<string>): number {
  return open.has(key) ? getEndLimit(on, threshold) : threshold;
}
