import type { Site } from '../../../event/site.ts';
import type { Offset } from '../../../storage/log/event-log.ts';
import { formatConsumerId } from '../../../storage/ports/consumer-id.ts';
import type { EventGroupCount } from '../../../storage/ports/event-index.ts';
import { isSentOutcome } from '../../../storage/ports/outcomes.ts';
import type { ReadFilters } from '../../http/parameters.ts';
import { listRejections } from '../rejection-page.ts';
import { type SearchSources, toEventSearch } from './event-search.ts';
import type { FacetsView } from './schemas.ts';

/** A count of values ends after so many matches, because the newest are like those before them. */
const enoughEvents = 50_000;
/** The newest events whose outcomes are counted. To read an outcome costs far more than to read the index. */
const maxOutcomeEvents = 5_000;
const maxRejections = 1_000;

type FacetSources = Pick<SearchSources, 'log' | 'store' | 'accuracy'>;

/** Counts the values of each filter among the events that match all other filters. */
export async function getFacets(site: Site, sources: FacetSources, filters: ReadFilters): Promise<FacetsView> {
  const { event: _event, reporter: _reporter, consent: _consent, country: _country, ...others } = filters;
  const { groups, isComplete, searched } = await sources.store.countEvents(site.id, toEventSearch(site, others, sources), {
    enough: enoughEvents,
  });
  return {
    ...countGroups(groups, filters),
    isComplete,
    searched,
    ...(await countOutcomes(site, sources, filters)),
    rejected: await countRejections(site, sources, filters),
  };
}

type GroupFilters = Pick<ReadFilters, 'event' | 'reporter' | 'consent' | 'country'>;

/** Adds up the groups by each value, among those that match the filters of the other values. */
export function countGroups(
  groups: readonly EventGroupCount[],
  { event, reporter, consent, country }: GroupFilters,
): Pick<FacetsView, 'events' | 'event' | 'reporter' | 'consent' | 'country'> {
  const tests: Readonly<Record<keyof GroupFilters, (group: EventGroupCount) => boolean>> = {
    event: ({ name }) => event?.includes(name) ?? true,
    reporter: ({ reporters }) => reporter === undefined || reporters.some((one) => reporter.includes(one)),
    consent: (group) => consent?.includes(group.consent) ?? true,
    country: (group) => country === undefined || (group.country !== undefined && country.includes(group.country)),
  };
  const select = (own?: keyof GroupFilters) =>
    groups.filter((group) => Object.entries(tests).every(([name, matches]) => name === own || matches(group)));
  const sum = (own: keyof GroupFilters, toValues: (group: EventGroupCount) => readonly string[]) => {
    const counts = new Map<string, number>();
    for (const group of select(own))
      for (const value of toValues(group)) counts.set(value, group.events + (counts.get(value) ?? 0));
    return rank(counts);
  };
  return {
    events: select().reduce((all, { events }) => all + events, 0),
    event: sum('event', ({ name }) => [name]),
    reporter: sum('reporter', ({ reporters }) => reporters),
    consent: sum('consent', (group) => [group.consent]),
    country: sum('country', (group) => (group.country === undefined ? [] : [group.country])),
  };
}

function rank(counts: ReadonlyMap<string, number>): { readonly value: string; readonly events: number }[] {
  return [...counts]
    .map(([value, events]) => ({ value, events }))
    .sort((a, b) => b.events - a.events || (a.value < b.value ? -1 : 1));
}

/** Counts what became of the newest events that match all filters but those of the outcome. */
async function countOutcomes(
  site: Site,
  { store, accuracy }: FacetSources,
  filters: ReadFilters,
): Promise<Pick<FacetsView, 'connection' | 'outcome' | 'reason' | 'rule' | 'outcomesOf' | 'areOutcomesComplete'>> {
  const { outcome: outcomes, reason: codes, rule: rules, connection: only, ...others } = filters;
  const search = (chosen: ReadFilters) =>
    store.searchEvents(site.id, { ...toEventSearch(site, chosen, { accuracy }), limit: maxOutcomeEvents });
  const isByGap = filters.gap !== undefined;
  const found = await search(isByGap ? { ...others, connection: only } : others);
  const byConnection = new Map<string, number>();
  const byOutcome = new Map<string, Set<Offset>>();
  const byReason = new Map<string, { readonly message: string; readonly offsets: Set<Offset> }>();
  const byRule = new Map<string, Set<Offset>>();
  for (const { id } of site.connections) {
    if (isByGap) {
      const { offsets } = await search({ ...filters, connection: id });
      if (offsets.length > 0) byConnection.set(id, offsets.length);
    }
    const consumer = formatConsumerId(site.id, id);
    const entries = await store.getOutcomes(consumer, found.offsets);
    const begins = entries.size < found.offsets.length ? (await store.getConnectionState(consumer))?.begins : undefined;
    const isShown = only === undefined || only === id;
    for (const offset of found.offsets) {
      const entry = entries.get(offset);
      const outcome = entry?.outcome ?? (begins && offset <= begins.after ? 'before-connection' : 'undelivered');
      const issues = entry && !isSentOutcome(outcome) ? entry.issues : [];
      const hasOutcome = outcomes?.includes(outcome) ?? true;
      const hasReason = !codes || issues.some(({ code }) => codes.includes(code));
      const applied = new Set(entry?.rules?.effects.map(({ rule }) => rule));
      const hasRule = rules?.some((rule) => applied.has(rule)) ?? true;
      if (!isByGap && hasReason && hasRule && (outcomes || codes || rules ? hasOutcome : outcome === 'dead'))
        byConnection.set(id, 1 + (byConnection.get(id) ?? 0));
      if (!isShown) continue;
      if (hasReason && hasRule) byOutcome.set(outcome, (byOutcome.get(outcome) ?? new Set()).add(offset));
      if (!hasOutcome) continue;
      if (hasReason) for (const rule of applied) byRule.set(rule, (byRule.get(rule) ?? new Set()).add(offset));
      if (!hasRule) continue;
      for (const { code, message } of issues) {
        const reason = byReason.get(code) ?? { message, offsets: new Set() };
        reason.offsets.add(offset);
        byReason.set(code, reason);
      }
    }
  }
  const sizes = <Value>(map: ReadonlyMap<string, Value>, size: (value: Value) => number) =>
    rank(new Map([...map].map(([name, value]) => [name, size(value)])));
  return {
    connection: rank(byConnection),
    outcome: sizes(byOutcome, (offsets) => offsets.size),
    reason: sizes(byReason, ({ offsets }) => offsets.size).map((one) => ({
      ...one,
      message: byReason.get(one.value)?.message ?? '',
    })),
    rule: sizes(byRule, (offsets) => offsets.size),
    outcomesOf: found.offsets.length,
    areOutcomesComplete: found.before === undefined,
  };
}

/** Counts the newest rejected submissions by their reasons. */
async function countRejections(
  site: Site,
  { log }: FacetSources,
  { since, until }: Pick<ReadFilters, 'since' | 'until'>,
): Promise<FacetsView['rejected']> {
  const { rows: shown, older } = await listRejections(site, log, maxRejections, { since, until });
  const messages = new Map(shown.flatMap(({ issues }) => issues.map(({ code, message }) => [code, message] as const)));
  const counts = new Map<string, number>();
  for (const { issues } of shown)
    for (const code of new Set(issues.map((issue) => issue.code))) counts.set(code, 1 + (counts.get(code) ?? 0));
  return {
    events: shown.length,
    reasons: rank(counts).map((one) => ({ ...one, message: messages.get(one.value) ?? '' })),
    isComplete: older === undefined,
  };
}
