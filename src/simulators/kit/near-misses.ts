import type { Report, ReportSource, SourcedReport } from './report.ts';

/** The newest events are compared with each other; older ones are not. */
const comparedEvents = 1_000;
/** Bounds the work when many events look alike. */
const comparedPerKey = 20;

/** Another event that looks like the same one and was not merged with it. */
export interface NearMiss<Kind extends string> {
  /** The sources that reported the other event. */
  readonly sources: ReportSource | 'both';
  readonly kind: Kind;
  readonly eventName: string;
}

/** A group as the search sees it. */
interface ComparedGroup {
  readonly firstAt: number;
  readonly reports: readonly SourcedReport<Report>[];
}

interface Similarity<G, Kind extends string> {
  readonly windowMs: number;
  /** Returns what similar events share. */
  listKeys(group: G): readonly string[];
  /** Returns why two events look alike; undefined if they do not. `first`: the one that arrived first. */
  compare(group: G, other: G, first: G): Kind | undefined;
  getName(group: G): string;
}

/** Groups the newest events by what similar events share, in one pass, and returns the search over them. */
export function createNearMissSearch<G extends ComparedGroup, Kind extends string>(
  groups: ReadonlySet<G>,
  { windowMs, listKeys, compare, getName }: Similarity<G, Kind>,
): (group: G) => NearMiss<Kind>[] {
  const isCounted = ({ reports }: G) => reports.some(({ report }) => report.void === undefined);
  // The position of an event, as two can arrive within a millisecond.
  const newest = new Map(
    takeCompared(groups)
      .filter(isCounted)
      .map((group, at) => [group, at]),
  );
  const byKey = groupSimilar(newest.keys(), listKeys);
  return (group) => {
    const position = newest.get(group);
    if (position === undefined) return [];
    const others = new Set(listKeys(group).flatMap((key) => [...(byKey.get(key) ?? [])]));
    others.delete(group);
    const found = [...others]
      .filter((other) => Math.abs(other.firstAt - group.firstAt) <= windowMs)
      .flatMap((other) => {
        const kind = compare(group, other, (newest.get(other) ?? 0) < position ? other : group);
        return kind === undefined ? [] : [{ sources: getSources(other), kind, eventName: getName(other) }];
      });
    // One of each sentence that `why` would repeat.
    return [...new Map(found.toReversed().map((near) => [JSON.stringify(near), near])).values()].reverse();
  };
}

/** Returns the groups that are compared with each other. */
export const takeCompared = <G>(groups: ReadonlySet<G>): G[] => [...groups].slice(-comparedEvents);

/** Groups events by what similar events share. */
export function groupSimilar<G>(
  groups: Iterable<G>,
  listKeys: (group: G) => readonly string[],
): ReadonlyMap<string, ReadonlySet<G>> {
  const byKey = new Map<string, Set<G>>();
  for (const group of groups) {
    for (const key of listKeys(group)) {
      const similar = byKey.get(key) ?? new Set();
      if (similar.size < comparedPerKey) byKey.set(key, similar.add(group));
    }
  }
  return byKey;
}

/** Returns the sources that reported an event. */
export function getSources({ reports }: Pick<ComparedGroup, 'reports'>): ReportSource | 'both' {
  const sources = new Set(reports.map(({ source }) => source));
  if (sources.size > 1) return 'both';
  return sources.has('server') ? 'server' : 'browser';
}
