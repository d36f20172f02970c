import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock/clock.ts';
import { getSiteTags } from '../../destinations/site-tags.ts';
import type { PlanDryRun } from '../../ingest/accept/dry-run.ts';
import { createCollectorApp } from '../../ingest/collector.ts';
import { limitConnectionsPerNetwork } from '../../ingest/http/connection-limit.ts';
import { connectionLimits, startHttpServer } from '../../ingest/http/http-server.ts';
import { createDailyBytes } from '../../ingest/limits/daily-bytes.ts';
import { openSharedLimits } from '../../ingest/limits/shared-limit-table.ts';
import { createThreadAppends } from '../../storage/log/thread-appends.ts';
import { createAppendThrottle, createGuardedAppend } from '../append-throttle.ts';
import { toProxySettings } from '../country-tables.ts';
import { demandWritable, toReadiness } from '../ingest-state.ts';
import { readProcessTime } from '../process-time.ts';
import { fromThreadError, toThreadError } from '../thread-error.ts';
import { createReportSender } from './collector-reports.ts';
import type { OpenPages } from './page-sessions.ts';
import type { IngestReport, IngestRequest, IngestThreadStart } from './thread-messages.ts';

/**
 * Runs the collector on a thread of its own, beside others that listen on the same port. Its limits are in memory that all of them share. Its
 * appends go to the thread of the event log's writer, and all other messages to the main thread.
 */
async function run(send: (report: IngestReport) => void, start: IngestThreadStart): Promise<(request: IngestRequest) => void> {
  const { collector, threads } = start;
  let { sites, state } = start;
  let openPages: OpenPages = new Map();
  const { now } = systemClock;
  const reports = createReportSender((batch) => send({ reports: batch }));
  const openLimitTable = openSharedLimits(start.limits);
  const appends = createThreadAppends(start.appends, now, (notice) => send({ appended: notice }));
  const throttle = createAppendThrottle(readProcessTime, openLimitTable('appends'));
  const privacy = createPendingRequests<'done' | 'later'>();
  const plans = createPendingRequests<Awaited<ReturnType<PlanDryRun>>>();
  const sessions = createPendingRequests<boolean>();
  const planDryRun: PlanDryRun = (plan, records) => plans.ask((request) => send({ plan, request, records }));
  const app = createCollectorApp({
    append: createGuardedAppend(appends, {
      demandWritable: () => demandWritable(state),
      throttle,
      durations: reports.durations.append,
    }),
    now,
    newId: () => randomUUID(),
    sites: () => sites,
    proxies: toProxySettings(collector, start.countryTables),
    ...(collector.publicUrl !== undefined && { publicUrl: collector.publicUrl }),
    rates: collector,
    openLimitTable,
    dailyBytes: createDailyBytes(collector.browserBudget.bytes, now, openLimitTable('browserDayBytes')),
    pixel: { ...start.pixel, path: collector.pixelPath },
    getSiteTags,
    ready: () => toReadiness(state),
    ...reports,
    hasPageSession: (site) => (openPages.get(site) ?? 0) > now(),
    onSeenEvents: (siteId, credential, seen) => sessions.ask((request) => send({ seen, request, siteId, credential })),
    onPrivacyRequest: (site, kind, person, delivery) =>
      privacy.ask((request) => send({ privacy: kind, request, site, person, delivery })),
    ...(start.plansDryRuns && { planDryRun }),
  });
  const perPeer = limitConnectionsPerNetwork({ ...collector, listener: 'collector' }, now, reports, openLimitTable);
  const maxConnections = Math.ceil(connectionLimits.maxConnections / threads);
  const server = await startHttpServer(app, {
    ...collector,
    limits: { ...connectionLimits, maxConnections },
    perPeer,
    reusePort: true,
  });
  send({ url: server.url });

  const stop = async (graceMs: number) => {
    await server.close(graceMs);
    await appends.close();
    reports.flush();
  };
  return (request) => {
    if ('sites' in request) {
      sites = request.sites;
      send({ done: request.id });
    } else if ('collect' in request) {
      reports.flush();
      send({ done: request.id });
    } else if ('stop' in request) void stop(request.stop).finally(() => send({ done: request.id }));
    else if ('state' in request) {
      state = request.state;
      if (state.isDraining) server.drain();
    } else if ('openPages' in request) openPages = request.openPages;
    else if ('isOpen' in request) sessions.end(request.request, request.isOpen);
    else if ('outcomes' in request) {
      plans.end(request.request, 'message' in request.outcomes ? fromThreadError(request.outcomes) : request.outcomes);
    } else {
      const { privacyResult: result } = request;
      privacy.end(request.request, typeof result === 'string' ? result : fromThreadError(result));
    }
  };
}

/** The requests that the main thread answers. */
function createPendingRequests<Result>() {
  const pending = new Map<number, PromiseWithResolvers<Result>>();
  let requests = 0;
  return {
    /** Sends a request under a number of its own, and returns its result. */
    ask(sendRequest: (request: number) => void): Promise<Result> {
      const request = requests++;
      const result = Promise.withResolvers<Result>();
      pending.set(request, result);
      sendRequest(request);
      return result.promise;
    },
    end(request: number, result: Result | Error): void {
      if (result instanceof Error) pending.get(request)?.reject(result);
      else pending.get(request)?.resolve(result);
      pending.delete(request);
    },
  };
}

const port = parentPort;
if (!port) throw new Error('the collector runs on a worker thread here');
const send = (report: IngestReport) => port.postMessage(report);
run(send, workerData).then(
  (take) => port.on('message', take),
  (error: unknown) => send({ failed: toThreadError(error) }),
);
