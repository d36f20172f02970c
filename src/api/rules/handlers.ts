import { nameStoredAccount, toStoredAccount } from '../../activity/stored-account.ts';
import type { EnrichedEvent } from '../../event/event.ts';
import type { Rule } from '../../event/rule.ts';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import { describeTagReports } from '../../rules/browser-tags.ts';
import { compileRules } from '../../rules/evaluate.ts';
import { describeRule } from '../../rules/explain.ts';
import { operatorsByType } from '../../rules/fields.ts';
import { previewRules } from '../../rules/preview.ts';
import { suggestFields } from '../../rules/suggestions.ts';
import type { SiteEntry } from '../../sites/merge-sites.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { AccountId, ActivityStore } from '../../storage/ports/activity.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import { countBucketMs } from '../../storage/ports/event-counts.ts';
import type { RuleChange, RuleChangeStore } from '../../storage/ports/rule-changes.ts';
import type { RuleCountStore } from '../../storage/ports/rule-counts.ts';
import { getCountEnd, getCountStart } from '../connections/count-period.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { applyChange } from '../http/apply-change.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { createTaskQueue } from '../http/task-queue.ts';
import { defaultVersions, type ruleRoutes } from './routes.ts';
import type { RulesView, RuleView } from './schemas.ts';

export interface RuleDeps {
  readonly registry: SiteRegistry;
  readonly store: Pick<RuleChangeStore, 'listRuleChanges'> & Pick<ActivityStore, 'listAccountIds'> & RuleCountStore;
  /** Loads the newest events of a site, the newest first, page by page. */
  readonly loadNewestEvents: (
    site: string,
    count: number,
  ) => AsyncIterable<readonly { readonly offset: Offset; readonly event: EnrichedEvent }[]>;
}

const previewedEvents = 1_000;
/** Requests that may read events or wait for it. Each loads and evaluates many events, so they run one after another. */
const maxReaders = 8;

/** Creates the handlers of rules. */
export function createRuleHandlers(
  { registry, store, loadNewestEvents }: RuleDeps,
  now: () => UnixMs,
): RouteHandlers<typeof ruleRoutes> {
  const enqueue = createTaskQueue(maxReaders);
  /** One more version is read, because a version's changes are the difference to the one before it. */
  const view = async (entry: SiteEntry, versions = defaultVersions) =>
    toRulesView(entry, await store.listRuleChanges(entry.site.id, versions + 1), versions, await store.listAccountIds());
  return {
    'GET /api/sites/:site/rules': async ({ site, versions }) => {
      const entry = registry.entry(site);
      return entry ? view(entry, versions) : new ApiErrorResult('no-such-site');
    },

    'PUT /api/sites/:site/rules': async ({ site }, { connection, revision, rules }, { account }) => {
      const by = account === undefined ? 'the command line' : toStoredAccount(await store.listAccountIds(), account);
      const entry = await applyChange(registry.rules.put(site, connection, { revision, rules, by }), (changed) => changed);
      return entry instanceof ApiErrorResult ? entry : view(entry);
    },

    'GET /api/sites/:site/rules/counts': async ({ site, since: from, until: to }) => {
      const entry = registry.entry(site);
      if (!entry) return new ApiErrorResult('no-such-site');
      const since = getCountStart(from, now());
      const until = Math.max(getCountEnd(to, now()), since + countBucketMs);
      const consumers = entry.site.connections.map(({ id }) => formatConsumerId(site, id));
      const counts = await store.getRuleCounts(consumers, since, until);
      const countedSince = await store.getRuleCountingStart();
      return {
        since,
        until,
        ...(countedSince > 0 && { countedSince }),
        connections: entry.site.connections.map(({ id: connection }) => ({
          connection,
          rules: counts
            .filter(({ consumer }) => consumer === formatConsumerId(site, connection))
            .map(({ rule, events }) => ({ rule, events })),
        })),
      };
    },

    'GET /api/sites/:site/rules/fields': async ({ site }) => {
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      const events = await enqueue(async () => {
        const found: EnrichedEvent[] = [];
        for await (const page of loadNewestEvents(site, previewedEvents)) found.push(...page.map(({ event }) => event));
        return found;
      });
      return suggestFields(events).map((field) => ({
        ...field,
        operators: operatorsByType[field.type],
      }));
    },

    'POST /api/sites/:site/rules/preview': async ({ site }, { connection, rules: input }) => {
      const entry = registry.entry(site);
      if (!entry) return new ApiErrorResult('no-such-site');
      const chosen = entry.site.connections.filter(({ id }) => connection === undefined || id === connection);
      if (chosen.length === 0 && connection !== undefined) return new ApiErrorResult('no-such-connection');
      const read = input === undefined ? undefined : registry.rules.read(site, connection, input);
      if (read && 'refused' in read) return new ApiErrorResult(read.refused, read.issues);
      const compiled = chosen.flatMap(({ id, rules: own }) => {
        const siteRules = read && connection === undefined ? read.rules : entry.site.rules;
        const ownRules = read && connection !== undefined ? read.rules : own;
        return compileRules(id, siteRules, ownRules) ?? [];
      });
      const { events, previews } = await enqueue(() => previewRules(compiled, loadNewestEvents(site, previewedEvents)));
      const stored = connection === undefined ? entry.site.rules : chosen[0]?.rules;
      return {
        events,
        list: describeRules(read?.rules ?? stored, entry.site, connection),
        connections: chosen.map(({ id }) => {
          const preview = previews[compiled.findIndex((one) => one.connection === id)];
          if (!preview) return { connection: id, skipped: 0, renamed: 0, changed: 0, added: 0, rules: [], affected: [] };
          const affected = preview.affected.map(({ event: { offset, event }, effects }) => ({
            offset,
            id: event.id,
            name: event.name,
            time: event.time,
            effects: effects.map(({ message }) => message),
          }));
          return { ...preview, connection: id, affected };
        }),
      };
    },
  };
}

function toRulesView(
  { site, origin, revision, connections }: SiteEntry,
  history: readonly RuleChange[],
  versions: number,
  accounts: readonly AccountId[],
): RulesView {
  const ofConnections = connections.map(({ id, origin: from, connection }) => ({
    connection: id,
    origin: from,
    rules: describeRules(connection?.rules, site, id),
  }));
  return {
    revision,
    lists: [{ origin, rules: describeRules(site.rules, site) }, ...ofConnections],
    history: history.flatMap(({ connection, at, by, digest, rules }, index) => {
      if (history.slice(0, index).filter((one) => one.connection === connection).length >= versions) return [];
      const before = history.slice(index + 1).find((one) => one.connection === connection);
      return {
        ...(connection !== undefined && { connection }),
        at,
        by: nameStoredAccount(accounts, by, at),
        digest,
        changes: describeChanges(before?.rules ?? [], rules),
        rules: rules.map(toRuleView),
      };
    }),
  };
}

/** Returns the rules of the site or of a connection, each with its sentence, and a warning if a browser tag does not follow it. */
function describeRules(rules: readonly Rule[] = [], { connections, tags }: Site, connection?: string): RuleView[] {
  const reached = connections.filter(({ id, enabled }) => (connection === undefined ? enabled : id === connection));
  return rules.map((rule) => {
    const warning = describeTagReports(rule, reached, tags);
    return { ...toRuleView(rule), ...(warning !== undefined && { warning }) };
  });
}

function toRuleView(rule: Rule): RuleView {
  const { id, name, when, then: action, enabled } = rule;
  return { id, name, when: toJson(when), then: toJson(action), enabled, text: describeRule(rule) };
}

function toJson(value: Rule['when'] | Rule['then']): RuleView['when'] {
  return JSON.parse(JSON.stringify(value));
}

/** Describes the difference between two versions of a list. */
function describeChanges(before: readonly Rule[], after: readonly Rule[]): readonly string[] {
  const isSame = (one: Rule, other: Rule | undefined) => JSON.stringify(one) === JSON.stringify(other);
  const find = (rules: readonly Rule[], { id }: Rule) => rules.find((one) => one.id === id);
  const changes = [
    ...after.filter((rule) => !find(before, rule)).map(({ name }) => `Added “${name}”.`),
    ...after.flatMap((rule) => {
      const former = find(before, rule);
      if (!former || isSame(rule, former)) return [];
      if (isSame({ ...rule, enabled: former.enabled }, former)) return [`Turned ${rule.enabled ? 'on' : 'off'} “${rule.name}”.`];
      return [`Changed “${rule.name}”.`];
    }),
    ...before.filter((rule) => !find(after, rule)).map(({ name }) => `Removed “${name}”.`),
  ];
  return changes.length > 0 ? changes : ['Changed the order.'];
}
