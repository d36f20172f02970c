import type { AlertRule } from '../config/alerts.ts';
import { type AlertConditionName, alertConditions } from '../event/alert-conditions.ts';
import type { UnixMs } from '../event/units.ts';
import type { AlertMute } from '../storage/store/alerts.ts';
import {
  connectionConditions,
  judgeDiskSpace,
  judgeNearlyLost,
  judgeRefusal,
  reportFailingChannel,
  siteConditions,
  type Verdict,
} from './conditions.ts';
import type { Facts } from './facts.ts';

/** The verdict on one condition at one subject. */
export interface Judgement {
  /** The condition with its threshold, the site and the connection. */
  readonly key: string;
  readonly on: AlertConditionName | 'channel-failing';
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
  for (const judgement of judgeChannels(facts, channels)) add(judgement);
  return [...judgements.values()];
}

/** Returns whether a rule needs the orders of the last seven days of a site. */
export function needsWeek(rules: readonly AlertRule[], site: string): boolean {
  return rules.some(({ on, sites }) => (on === 'accuracy' || on === 'goal-missing') && (sites?.includes(site) ?? true));
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

/** An open alert ends at a multiple of its threshold, so that a figure close to the threshold does not begin and end alerts each hour. */
const endFactors: Readonly<Partial<Record<AlertConditionName, number>>> = {
  'rejected-share': 0.8,
  'dead-letters': 0.8,
  disk: 1.1,
};

function judgeRule(
  { gateway, sites }: Facts,
  { on, threshold, sites: only }: AlertRule,
  { open, now }: Pick<EvaluationDeps, 'open' | 'now'>,
): readonly RuleJudgement[] {
  const limit = threshold ?? alertConditions[on].threshold;
  const getFactor = (key: string) => (open.has(key) ? (endFactors[on] ?? 1) : 1);
  const name = `${on}:${threshold ?? 'default'}`;
  const watched = only === undefined ? sites : sites.filter(({ site }) => only.includes(site));
  if (on === 'disk') {
    const { node } = gateway;
    const key = node === undefined ? name : `${name}/${node.id}`;
    const subject = { on, ...(node && { node: node.id }) };
    return [
      { ...subject, key, verdict: judgeDiskSpace(gateway, { threshold: limit * getFactor(key), now }) },
      { ...subject, key: `${key}/refused`, verdict: judgeRefusal(gateway, now) },
    ];
  }
  return watched.flatMap((site): readonly RuleJudgement[] => {
    if (isSiteCondition(on)) {
      const verdict = siteConditions[on](site, { threshold: limit, now });
      return [{ key: `${name}/${site.site}`, on, site: site.site, verdict }];
    }
    return site.connections.flatMap((connection) => {
      const target = `${site.site}/${connection.connection}`;
      const subject = { on, site: site.site, connection: connection.connection };
      const key = `${name}/${target}`;
      // A site has its own limit of order accuracy.
      const usual = on === 'accuracy' && threshold === undefined ? (site.alertUnder ?? 0) : limit;
      const context = { threshold: usual * getFactor(key), now, site };
      const judgement: RuleJudgement = { ...subject, key, verdict: connectionConditions[on](connection, context) };
      if (on !== 'oldest-undelivered') return [judgement];
      // It is urgent whatever the threshold is.
      const nearlyLost = { key: `${on}:nearly-lost/${target}`, verdict: judgeNearlyLost(connection, site, now) };
      return [judgement, { ...subject, ...nearlyLost }];
    });
  });
}

function isSiteCondition(on: AlertConditionName): on is keyof typeof siteConditions {
  return Object.hasOwn(siteConditions, on);
}
