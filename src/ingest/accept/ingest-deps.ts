import type { IngestDurations } from '../../event/durations.ts';
import type { ReportSource } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import type { ProxySettings } from '../http/client-info.ts';
import type { RateLimits } from '../http/rate-limit.ts';
import type { OpenLimitTable } from '../limits/limit-table.ts';
import type { AppendDeps, IngestResponse } from './append-events.ts';
import type { PlanDryRun } from './dry-run.ts';

/** Dependencies of every route that accepts events. */
export interface IngestDeps extends AppendDeps {
  /** Returns the sites that are configured now. */
  readonly sites: () => readonly Site[];
  /** Called after each append to a site's log, to wake its consumers. A repeat may add a denial, and a failed append may be committed later. */
  readonly onAppended?: (siteId: string) => void;
  readonly proxies: ProxySettings;
  readonly rates: RateLimits;
  /** Opens the table of a limit. By default the limits are this collector's own. */
  readonly openLimitTable?: OpenLimitTable;
  readonly metrics?: IngestMetrics;
  readonly durations?: Pick<IngestDurations, 'acknowledge'>;
  /** Absent: a dry run is only validated. */
  readonly planDryRun?: PlanDryRun;
}

/** Counts submissions and their results. A browser's signals are not events and are not counted. */
export interface IngestMetrics {
  /** Counts the events of a body that was read, before they are accepted or rejected. */
  countReceived(site: string, reporter: ReportSource, events: number): void;
  /** Counts the results of a body's events, after they are durable. */
  countResults(site: string, reporter: ReportSource, result: Pick<IngestResponse, 'accepted' | 'duplicates' | 'rejected'>): void;
  /** Counts a request that failed, by its error code, or a number of them. */
  countRefused(reason: string, requests?: number): void;
}
