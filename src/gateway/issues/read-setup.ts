import { countUnexplained } from '../../api/connections/totals-and-series.ts';
import { type ChecklistDeps, getChecklist } from '../../api/sites/checklist/checklist.ts';
import { destinations } from '../../destinations/destinations.ts';
import { dayMs, minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import type { SetupStep, SiteSetup } from '../../issues/facts/facts.ts';
import type { ExportFiles } from '../../privacy/export-files.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { listDistrustedKeys } from '../../sites/site-trust.ts';

export interface SetupDeps extends Omit<ChecklistDeps, 'destinations'> {
  readonly registry: SiteRegistry;
  readonly exports: Pick<ExportFiles, 'askedByShops'>;
}

/** The counts of two days change little in this time. */
const countsEveryMs = minuteMs;
const filesEveryMs = 10 * secondMs;
/** A checklist is read again after this time, while the readings of all sites take at most a tenth of it. */
const stepsEveryMs = 10 * secondMs;
const busyFactor = 10;

interface Cached<T> {
  readonly at: UnixMs;
  readonly value: T;
}

/** Creates a reader of the settings and the setup of sites. Checklists take many reads, so those of many sites are read in turn. */
export function createSetupReader(deps: SetupDeps): (site: string) => Promise<SiteSetup | undefined> {
  const { registry, exports, now, log, store } = deps;
  const counts = new Map<string, Cached<SiteSetup['counts']>>();
  const steps = new Map<string, Cached<readonly SetupStep[]>>();
  let files: Cached<ReadonlyMap<string, number>> | undefined;
  let nextStepsAt = 0;
  const isFresh = (cached: Cached<unknown> | undefined, maxMs: number) => cached && Math.abs(now() - cached.at) < maxMs;

  const readCounts = async (site: string, entry: NonNullable<ReturnType<SiteRegistry['entry']>>) => {
    const cached = counts.get(site);
    if (cached && isFresh(cached, countsEveryMs)) return cached.value;
    const value = await countUnexplained(entry.site, { log, store }, now() - 2 * dayMs, now(), now());
    counts.set(site, { at: now(), value });
    return value;
  };
  const readFiles = async () => {
    if (files && isFresh(files, filesEveryMs)) return files.value;
    files = { at: now(), value: await exports.askedByShops() };
    return files.value;
  };
  const readSteps = async (site: string, entry: NonNullable<ReturnType<SiteRegistry['entry']>>) => {
    const cached = steps.get(site);
    const startedAt = performance.now();
    if (isFresh(cached, stepsEveryMs) || (cached && startedAt < nextStepsAt)) return cached?.value;
    const read = await getChecklist(entry, { ...deps, destinations });
    nextStepsAt = Math.max(nextStepsAt, performance.now()) + busyFactor * (performance.now() - startedAt);
    const value = read.steps
      // The problems of connections are issues of their own.
      .filter(({ state, group }) => state === 'problem' && group !== 'connection')
      .map(({ id, says, guide }) => ({ id, says, ...(guide !== undefined && { guide }) }));
    steps.set(site, { at: now(), value });
    return value;
  };

  return async (site) => {
    const entry = registry.entry(site);
    if (!entry) return undefined;
    for (const cache of [counts, steps]) for (const id of cache.keys()) if (!registry.entry(id)) cache.delete(id);
    const found = await readSteps(site, entry);
    return {
      ...(entry.problem !== undefined && { problem: entry.problem }),
      connections: entry.connections.map(({ id, destination, enabled, origin, problem }) => ({
        id,
        destination,
        isEnabled: enabled,
        isOfDashboard: origin === 'dashboard',
        ...(problem !== undefined && { problem }),
      })),
      distrustedKeys: listDistrustedKeys(entry),
      counts: await readCounts(site, entry),
      files: (await readFiles()).get(site) ?? 0,
      ...(found && { steps: found }),
    };
  };
}
