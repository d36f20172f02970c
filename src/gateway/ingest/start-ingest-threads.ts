import { once } from 'node:events';
import { createServer } from 'node:net';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Site } from '../../event/site.ts';
import type { PlanDryRun } from '../../ingest/accept/dry-run.ts';
import type { CollectorDeps } from '../../ingest/collector.ts';
import type { SqliteEventLog } from '../../storage/log/sqlite-log.ts';
import type { IngestState } from '../ingest-state.ts';
import { fromThreadError, toThreadError } from '../thread-error.ts';
import { type CollectorReports, receiveReports } from './collector-reports.ts';
import type { OwnPageSessions } from './page-sessions.ts';
import type { IngestReport, IngestRequest, IngestThreadStart } from './thread-messages.ts';

/** The name of the threads in the system's tools, such as `top -H`. */
export const ingestThreadName = 'collector';

/** Bounds the memory of a thread. It would otherwise grow with that of the machine. */
const youngSpaceMebibytes = 48;

interface IngestThreadDeps {
  readonly log: Pick<SqliteEventLog, 'openAppends' | 'noteAppends'>;
  readonly reports: CollectorReports;
  readonly onPrivacyRequest: CollectorDeps['onPrivacyRequest'];
  readonly sessions: OwnPageSessions;
  readonly planDryRun?: PlanDryRun;
}

export interface IngestThreads {
  readonly url: string;
  /** Resolves when every thread uses these sites. */
  applySites(sites: readonly Site[]): Promise<void>;
  applyState(state: IngestState): void;
  /** Resolves when each thread has sent the reports that it collected. */
  collectReports(): Promise<void>;
  /** Stops accepting requests, and ends the threads when those in flight are answered, or after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Starts the collector on several threads that share its port. Rejects if the address cannot be used. */
export async function startIngestThreads(
  start: Omit<IngestThreadStart, 'appends' | 'plansDryRuns'>,
  deps: IngestThreadDeps,
): Promise<IngestThreads> {
  const { host } = start.collector;
  const collector = { ...start.collector, port: await findFreePort(start.collector) };
  const threads = Array.from({ length: start.threads }, () => new IngestThread({ ...start, collector }, deps));
  try {
    await Promise.all(threads.map((thread) => thread.listening));
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.terminate()));
    throw error;
  }
  deps.sessions.follow((openPages) => {
    for (const thread of threads) thread.send({ openPages });
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${collector.port}`,
    applySites: async (sites) => {
      await Promise.all(threads.map((thread) => thread.ask({ sites })));
    },
    applyState: (state) => {
      for (const thread of threads) thread.send({ state });
    },
    collectReports: async () => {
      await Promise.all(threads.map((thread) => thread.ask({ collect: true })));
    },
    close: async (graceMs) => {
      await Promise.all(threads.map((thread) => thread.ask({ stop: graceMs })));
      // A thread that is ended in the middle of its work could hold the lock of a limit.
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/**
 * Returns the port, or a free one for port 0. Rejects if it is in use: `reusePort` would share it with any process of the same user that also
 * sets that option, such as a second gateway.
 */
async function findFreePort({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  const server = createServer();
  server.listen({ host, port });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** The main thread's side of a thread of the collector. */
class IngestThread {
  readonly listening: Promise<void>;
  readonly #worker: Worker;
  readonly #deps: IngestThreadDeps;
  readonly #started = Promise.withResolvers<void>();
  readonly #open = new Map<number, () => void>();
  #ids = 0;
  #hasStarted = false;
  #isEnding = false;

  constructor(start: Omit<IngestThreadStart, 'appends' | 'plansDryRuns'>, deps: IngestThreadDeps) {
    const appends = deps.log.openAppends();
    const url = import.meta.url;
    this.#worker = new Worker(new URL(`./ingest.thread${extname(new URL(url).pathname)}`, url), {
      workerData: { ...start, appends, plansDryRuns: deps.planDryRun !== undefined } satisfies IngestThreadStart,
      transferList: [appends],
      name: ingestThreadName,
      resourceLimits: { maxYoungGenerationSizeMb: youngSpaceMebibytes },
    });
    this.#deps = deps;
    this.listening = this.#started.promise;
    this.#worker.on('message', (report: IngestReport) => this.#take(report));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread of the collector has ended')));
  }

  send(request: IngestRequest): void {
    this.#worker.postMessage(request);
  }

  /** Resolves when the thread has carried out the request, or has ended. */
  ask(request: { readonly sites: readonly Site[] } | { readonly collect: true } | { readonly stop: number }): Promise<void> {
    if (this.#isEnding) return Promise.resolve();
    const id = this.#ids++;
    const done = new Promise<void>((resolve) => this.#open.set(id, resolve));
    this.send({ ...request, id });
    return done;
  }

  async terminate(): Promise<void> {
    this.#endRequests();
    await this.#worker.terminate();
  }

  /** No request waits for the thread from now on. */
  #endRequests(): void {
    this.#isEnding = true;
    for (const resolve of this.#open.values()) resolve();
  }

  #take(report: IngestReport): void {
    if ('appended' in report) this.#deps.log.noteAppends(report.appended);
    else if ('reports' in report) receiveReports(report.reports, this.#deps.reports);
    else if ('done' in report) {
      this.#open.get(report.done)?.();
      this.#open.delete(report.done);
    } else if ('url' in report) {
      this.#hasStarted = true;
      this.#started.resolve();
    } else if ('failed' in report) this.#fail(fromThreadError(report.failed));
    else if ('seen' in report) {
      const { request, siteId, credential, seen } = report;
      void this.#deps.sessions.take(siteId, credential, seen).then((isOpen) => this.send({ isOpen, request }));
    } else if ('plan' in report) {
      const { request, plan, records } = report;
      const planned = this.#deps.planDryRun?.(plan, records) ?? Promise.resolve([]);
      planned.then(
        (outcomes) => this.send({ outcomes, request }),
        (error: unknown) => this.send({ outcomes: toThreadError(error), request }),
      );
    } else {
      const { request, site, privacy, person, delivery } = report;
      this.#deps.onPrivacyRequest(site, privacy, person, delivery).then(
        (privacyResult) => this.send({ privacyResult, request }),
        (error: unknown) => this.send({ privacyResult: toThreadError(error), request }),
      );
    }
  }

  /** Ends the process once the thread has started, as an error on the main thread does: no request may wait for a thread that is gone. */
  #fail(error: Error): void {
    if (this.#isEnding) return;
    this.#endRequests();
    if (!this.#hasStarted) this.#started.reject(error);
    else
      setImmediate(() => {
        throw error;
      });
  }
}
