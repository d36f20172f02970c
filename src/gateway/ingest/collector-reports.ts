import { createIngestDurations, type IngestDurations } from '../../event/durations.ts';
import type { ReportSource, Sha256 } from '../../event/event.ts';
import type { CollectorDeps } from '../../ingest/collector.ts';
import type { AppNotice } from '../../ingest/webhooks/webhook.ts';
import type { HookReport } from '../../ingest/webhooks/webhook-route.ts';
import { fromThreadError, type ThreadError, toThreadError } from '../thread-error.ts';

/** The functions by which a collector reports to the gateway. */
export type CollectorReports = Required<
  Pick<
    CollectorDeps,
    | 'metrics'
    | 'onRefusedOrigin'
    | 'onLeakedKey'
    | 'onPublicKeyOnServer'
    | 'onPixelLoad'
    | 'onUnsigned'
    | 'onMismatch'
    | 'onHook'
    | 'onApp'
    | 'onFault'
  >
> & {
  readonly durations: IngestDurations;
  readonly warn: (fields: object, event: string) => void;
};

type Results = Parameters<CollectorReports['metrics']['countResults']>[2];

interface Counts {
  readonly site: string;
  readonly reporter: ReportSource;
  received: number;
  accepted: number;
  duplicates: number;
  readonly rejected: Results['rejected'][number][];
}

/** The reports of a moment, as they cross threads. Equal counts are added up. */
export interface ReportBatch {
  readonly counts: readonly Readonly<Counts>[];
  readonly refused: readonly (readonly [reason: string, requests: number])[];
  readonly durations: Readonly<Record<keyof IngestDurations, Float64Array>>;
  readonly others: readonly OtherReport[];
}

type OtherReport =
  | { readonly refusedOrigin: string; readonly site: string }
  | { readonly publicKeyOnServer: number; readonly site: string }
  | { readonly leakedKey: Sha256; readonly site: string }
  | { readonly pixelLoad: string }
  | { readonly unsigned: string; readonly hasSecret: boolean; readonly hook?: string }
  | { readonly mismatch: string; readonly topic: string }
  | { readonly hook: string; readonly site: string; readonly report: HookReport }
  | { readonly app: AppNotice; readonly site: string }
  | { readonly fault: ThreadError }
  | { readonly warning: object; readonly event: string };

/** The longest time that a report waits for others. */
const collectMs = 10;

/** Creates the functions of a thread. They collect reports, and send those of 10 ms at once. */
export function createReportSender(send: (batch: ReportBatch) => void): CollectorReports & { flush(): void } {
  let counts = new Map<string, Counts>();
  let refused = new Map<string, number>();
  let others: OtherReport[] = [];
  /** The place of each hook's report in `others`. Only the last one counts, and its body is large. */
  let hookPlaces = new Map<string, number>();
  const durations = createIngestDurations();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const taken = { acknowledge: durations.acknowledge.take(), append: durations.append.take() };
    send({ counts: [...counts.values()], refused: [...refused], durations: taken, others });
    counts = new Map();
    refused = new Map();
    others = [];
    hookPlaces = new Map();
  };
  const flushSoon = () => {
    timer ??= setTimeout(flush, collectMs).unref();
  };
  const find = (site: string, reporter: ReportSource) => {
    const key = `${site} ${reporter}`;
    const found: Counts = counts.get(key) ?? { site, reporter, received: 0, accepted: 0, duplicates: 0, rejected: [] };
    counts.set(key, found);
    flushSoon();
    return found;
  };
  const addOther = (report: OtherReport) => {
    others.push(report);
    flushSoon();
  };
  return {
    durations,
    metrics: {
      countReceived(site, reporter, received) {
        find(site, reporter).received += received;
      },
      countResults(site, reporter, { accepted, duplicates, rejected }) {
        const found = find(site, reporter);
        found.accepted += accepted;
        found.duplicates += duplicates;
        found.rejected.push(...rejected);
      },
      countRefused(reason, requests = 1) {
        refused.set(reason, (refused.get(reason) ?? 0) + requests);
        flushSoon();
      },
    },
    onRefusedOrigin: (site, origin) => addOther({ refusedOrigin: origin, site }),
    onLeakedKey: (site, leakedKey) => addOther({ leakedKey, site }),
    onPublicKeyOnServer: (site, publicKeyOnServer) => addOther({ publicKeyOnServer, site }),
    onPixelLoad: (site) => addOther({ pixelLoad: site }),
    onUnsigned: (site, hasSecret, hook) => addOther({ unsigned: site, hasSecret, ...(hook !== undefined && { hook }) }),
    onMismatch: (site, topic) => addOther({ mismatch: site, topic }),
    onApp: (site, app) => addOther({ app, site }),
    onHook(site, hook, report) {
      const place = hookPlaces.get(`${site}/${hook}`) ?? others.length;
      hookPlaces.set(`${site}/${hook}`, place);
      others[place] = { hook, site, report };
      flushSoon();
    },
    onFault: (fault) => addOther({ fault: toThreadError(fault) }),
    warn: (fields, event) => addOther({ warning: fields, event }),
    flush,
  };
}

/** Passes the reports of a thread to the functions of the main thread. */
export function receiveReports({ counts, refused, durations, others }: ReportBatch, to: CollectorReports): void {
  to.durations.acknowledge.add(durations.acknowledge);
  to.durations.append.add(durations.append);
  for (const { site, reporter, received, accepted, duplicates, rejected } of counts) {
    if (received > 0) to.metrics.countReceived(site, reporter, received);
    to.metrics.countResults(site, reporter, { accepted, duplicates, rejected });
  }
  for (const [reason, requests] of refused) to.metrics.countRefused(reason, requests);
  for (const report of others) {
    if ('refusedOrigin' in report) to.onRefusedOrigin(report.site, report.refusedOrigin);
    else if ('publicKeyOnServer' in report) to.onPublicKeyOnServer(report.site, report.publicKeyOnServer);
    else if ('leakedKey' in report) to.onLeakedKey(report.site, report.leakedKey);
    else if ('pixelLoad' in report) to.onPixelLoad(report.pixelLoad);
    else if ('unsigned' in report) to.onUnsigned(report.unsigned, report.hasSecret, report.hook);
    else if ('mismatch' in report) to.onMismatch(report.mismatch, report.topic);
    else if ('app' in report) to.onApp(report.site, report.app);
    else if ('report' in report) to.onHook(report.site, report.hook, report.report);
    else if ('fault' in report) to.onFault(fromThreadError(report.fault));
    else to.warn(report.warning, report.event);
  }
}
