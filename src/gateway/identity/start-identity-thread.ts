import { extname } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { IdentityRunner } from '../../delivery/consumers/identity-consumer.ts';
import type { IdentityStart } from '../../delivery/start-delivery.ts';
import { type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { SqliteEventLog } from '../../storage/log/sqlite-log.ts';
import type { SqliteStore } from '../../storage/store/sqlite/sqlite-store.ts';
import { fromThreadError, toThreadError } from '../thread-error.ts';
import type { IdentityReport, IdentityRequest, IdentityTaskRequest } from './thread-messages.ts';

interface IdentityFiles {
  readonly log: Pick<SqliteEventLog, 'feed' | 'file' | 'redact' | 'append'>;
  readonly store: Pick<SqliteStore, 'attachTask'>;
}

/** Starts the identity consumer on the thread of the store's writer. It ends before the store closes its file. */
export function startIdentityThread(start: IdentityStart, { log, store }: IdentityFiles): IdentityRunner {
  const { owner, leaseTtlMs, browserBudget } = start;
  const [messages, records] = [new MessageChannel(), new MessageChannel()];
  log.feed(records.port1);
  const request: IdentityTaskRequest = {
    module: new URL(`./identity.thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url).href,
    port: messages.port2,
    feed: records.port2,
    logFile: log.file,
    owner,
    leaseTtlMs,
    ...(browserBudget && { browserBudget }),
  };
  store.attachTask(request, [messages.port2, records.port2]);
  return new IdentityThread(messages.port1, start, log);
}

/** The main thread's side of the identity consumer. */
class IdentityThread implements IdentityRunner {
  readonly #port: MessagePort;
  readonly #start: IdentityStart;
  readonly #log: Pick<SqliteEventLog, 'redact' | 'append'>;
  readonly #cursors = new Map<string, Offset>();
  readonly #open = new Map<number, PromiseWithResolvers<void>>();
  #isStopping = false;
  #ids = 0;
  #hasEnded = false;

  constructor(port: MessagePort, start: IdentityStart, log: Pick<SqliteEventLog, 'redact' | 'append'>) {
    this.#port = port;
    this.#start = start;
    this.#log = log;
    port.on('message', (report: IdentityReport) => this.#take(report));
    port.on('close', () => {
      this.#hasEnded = true;
      for (const request of this.#open.values()) this.#settleEnded(request);
    });
  }

  addSite(site: string): void {
    this.#cursors.set(site, startOffset);
    this.#post({ add: site });
  }

  removeSite(site: string): Promise<void> {
    this.#cursors.delete(site);
    return this.#ask((id) => ({ remove: site, id })).answered;
  }

  getCursor(site: string): Offset {
    return this.#cursors.get(site) ?? startOffset;
  }

  /** Does nothing: the thread gets each record when it is committed. */
  wake(): void {}

  async quiesce(site: string, done: Promise<unknown>): Promise<void> {
    const { id, answered } = this.#ask((request) => ({ quiesce: site, id: request }));
    const resume = () => this.#post({ resume: id });
    done.then(resume, resume);
    await answered;
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return this.#ask((id) => ({ stop: true, id })).answered;
  }

  #take(report: IdentityReport): void {
    const { createLogger, onFault, onRecovery, onProgress } = this.#start;
    if ('progress' in report) {
      for (const [site, cursor] of report.progress) {
        if (!this.#cursors.has(site)) continue;
        this.#cursors.set(site, cursor);
        onProgress(site, cursor);
      }
    } else if ('done' in report) {
      const request = this.#open.get(report.done);
      this.#open.delete(report.done);
      if (report.error) request?.reject(fromThreadError(report.error));
      else request?.resolve();
    } else if ('fault' in report) onFault(report.site, fromThreadError(report.fault));
    else if ('recovered' in report) onRecovery?.(report.recovered);
    else if ('level' in report) createLogger(report.site)[report.level](report.fields, report.event);
    else {
      const { id } = report;
      const written = 'redact' in report ? this.#log.redact(report.site, report.redact) : this.#log.append(report.append);
      written.then(
        () => this.#post({ written: id }),
        (error: unknown) => this.#post({ written: id, error: toThreadError(error) }),
      );
    }
  }

  /** Sends a request. It is rejected if the thread ends before its answer, unless everything stops. */
  #ask(toRequest: (id: number) => IdentityRequest): { readonly id: number; readonly answered: Promise<void> } {
    const id = this.#ids++;
    const request = Promise.withResolvers<void>();
    if (this.#hasEnded) this.#settleEnded(request);
    else {
      this.#open.set(id, request);
      this.#post(toRequest(id));
    }
    return { id, answered: request.promise };
  }

  #settleEnded({ resolve, reject }: PromiseWithResolvers<void>): void {
    if (this.#isStopping) resolve();
    else reject(new Error("the thread of the store's writer has ended: restart Convey"));
  }

  #post(request: IdentityRequest): void {
    if (!this.#hasEnded) this.#port.postMessage(request);
  }
}
