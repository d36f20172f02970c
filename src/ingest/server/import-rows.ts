import type { CountryLookup } from '../../event/country-source.ts';
import type { Event } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { createRejectionIssue } from '../../event/rejection-reasons.ts';
import type { Site } from '../../event/site.ts';
import { type AcceptResult, acceptEvent, type Rejection } from '../accept/accept.ts';
import { type AppendDeps, acceptAndAppend, toIngestResponse } from '../accept/append-events.ts';
import { createDryAppend, type PlanDryRun, type PlannedOutcome } from '../accept/dry-run.ts';
import type { IngestMetrics } from '../accept/ingest-deps.ts';

interface RowImporterDeps extends AppendDeps {
  readonly metrics: IngestMetrics;
  readonly wake: (site: string) => void;
  /** Absent: rows are only validated. */
  readonly planDryRun?: PlanDryRun;
  readonly lookUpCountry?: CountryLookup | undefined;
}

/** The result of a row. The issues are the reasons of a refusal, else warnings. */
export interface RowOutcome {
  readonly result: 'accepted' | 'repeated' | 'refused';
  readonly id: string | null;
  readonly issues: readonly Issue[];
}

/** Accepts rows of a file like events of the site's server, which came by an import. */
export interface RowImporter {
  /** Accepts and stores rows. @throws LogUnavailableError */
  append(site: Site, events: readonly unknown[]): Promise<readonly RowOutcome[]>;
  /** Accepts rows without storing them. `event` and `plan` are absent for a refused row. */
  check(site: Site, events: readonly unknown[]): Promise<readonly CheckedOutcome[]>;
}

/** The result that a row would have, and what each connection would do with its event. */
export interface CheckedOutcome extends RowOutcome {
  readonly event?: Event;
  readonly plan?: readonly PlannedOutcome[];
}

export function createRowImporter({ metrics, wake, planDryRun, lookUpCountry, ...deps }: RowImporterDeps): RowImporter {
  const createReader = (site: Site) => {
    const now = deps.now();
    return {
      now,
      read: (event: unknown) => refusePending(acceptEvent(event, { ...context, lookUpCountry }, site, now, deps.newId)),
    };
  };
  return {
    async append(site, events) {
      const { now, read } = createReader(site);
      metrics.countReceived(site.id, 'server', events.length);
      try {
        const results = await acceptAndAppend(events, read, { site, reporter: 'server', now }, deps);
        metrics.countResults(site.id, 'server', toIngestResponse(results));
        return results.map((result) => {
          if ('rejection' in result) return toRefused(result.rejection);
          const { id, isDuplicate, isRepeated, warnings } = result;
          return { result: isDuplicate || isRepeated ? 'repeated' : 'accepted', id, issues: warnings };
        });
      } finally {
        // A failed append may be committed later.
        wake(site.id);
      }
    },
    async check(site, events) {
      const { now, read } = createReader(site);
      const accepted: Event[] = [];
      const readAndKeep = (event: unknown) => {
        const result = read(event);
        if ('event' in result) accepted.push(result.event);
        return result;
      };
      const dry = createDryAppend();
      const results = await acceptAndAppend(
        events,
        readAndKeep,
        { site, reporter: 'server', now },
        { ...deps, append: dry.append },
      );
      const plans = await planDryRun?.(site.id, dry.records.slice(0, accepted.length));
      let position = 0;
      return results.map((result) => {
        if ('rejection' in result) return toRefused(result.rejection);
        const at = position++;
        const { id, isRepeated, warnings } = result;
        const [event, plan] = [accepted[at], plans?.[at]];
        const common = { result: isRepeated ? ('repeated' as const) : ('accepted' as const), id, issues: warnings };
        return { ...common, ...(event && { event }), ...(plan && { plan }) };
      });
    },
  };
}

function toRefused({ issues }: Rejection): RowOutcome {
  return { result: 'refused', id: null, issues };
}

const context = { reporter: 'server', via: 'import', gpc: false } as const;

/** Refuses an event that would wait for the choice of its visitor, and then be skipped: the choice of an old row no longer comes. */
function refusePending(result: AcceptResult): AcceptResult {
  if (!('event' in result) || result.event.consent.effective !== 'pending') return result;
  const { id, name } = result.event;
  return { rejection: { id, name, issues: [createRejectionIssue('consent', 'consent-unstated')] }, spent: result.spent };
}
