import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../../config/config.ts';
import type { CountryTable } from '../../country/country-table.ts';
import type { SeenEvent } from '../../event/seen-event.ts';
import type { Site } from '../../event/site.ts';
import type { PlanDryRun } from '../../ingest/accept/dry-run.ts';
import type { BuiltPixel } from '../../ingest/browser/pixel-script.ts';
import type { SharedLimits } from '../../ingest/limits/shared-limit-table.ts';
import type { WebhookPerson } from '../../ingest/webhooks/webhook.ts';
import type { AppendNotice } from '../../storage/log/thread-appends.ts';
import type { IngestState } from '../ingest-state.ts';
import type { ThreadError } from '../thread-error.ts';
import type { ReportBatch } from './collector-reports.ts';
import type { OpenPages } from './page-sessions.ts';

/** The values with which a thread of the collector starts. */
export interface IngestThreadStart {
  readonly collector: Config['collector'];
  /** All threads share their bytes. */
  readonly countryTables: readonly CountryTable[];
  /** The number of threads, which share the port. */
  readonly threads: number;
  readonly limits: SharedLimits;
  readonly sites: readonly Site[];
  readonly state: IngestState;
  readonly pixel: BuiltPixel;
  /** Whether the main thread plans dry runs. */
  readonly plansDryRuns: boolean;
  /** A port to the writer of the event log. */
  readonly appends: MessagePort;
}

/** From the main thread. A request with an `id` is answered by `done`. */
export type IngestRequest =
  | { readonly sites: readonly Site[]; readonly id: number }
  | { readonly collect: true; readonly id: number }
  /** Ends the thread after the requests in flight, at the latest after `stop` milliseconds. */
  | { readonly stop: number; readonly id: number }
  | { readonly state: IngestState }
  | { readonly privacyResult: 'done' | 'later' | ThreadError; readonly request: number }
  | { readonly openPages: OpenPages }
  | { readonly isOpen: boolean; readonly request: number }
  | { readonly outcomes: Awaited<ReturnType<PlanDryRun>> | ThreadError; readonly request: number };

/** To the main thread. */
export type IngestReport =
  | { readonly url: string }
  | { readonly failed: ThreadError }
  | { readonly done: number }
  | { readonly appended: AppendNotice }
  | { readonly reports: ReportBatch }
  /** The records of a dry run for a site, answered by `outcomes`. */
  | { readonly plan: string; readonly request: number; readonly records: Parameters<PlanDryRun>[1] }
  /** The events of a page for a session of the dashboard, answered by `isOpen`. */
  | { readonly seen: readonly SeenEvent[]; readonly request: number; readonly siteId: string; readonly credential: string }
  /** A customer's privacy request, answered by `privacyResult`. */
  | {
      readonly privacy: 'export' | 'erase';
      readonly request: number;
      readonly site: Site;
      readonly person: WebhookPerson;
      readonly delivery: string;
    };
