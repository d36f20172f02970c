import { systemClock } from '../../clock/clock.ts';
import type { IdentityLog } from '../../delivery/consumers/identify-page.ts';
import { IdentityConsumer } from '../../delivery/consumers/identity-consumer.ts';
import type { FeedMessage } from '../../storage/log/commit-feed.ts';
import { CommittedRecords } from '../../storage/log/committed-records.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { createLogReads, type LogReads } from '../../storage/log/sqlite-log.reads.ts';
import { type Db, openReader } from '../../storage/sqlite/open.ts';
import type { WriterHost, WriterTask } from '../../storage/sqlite/writer.ts';
import { createIdentityStore, createStoreWrite } from '../../storage/store/sqlite/identity-store.ts';
import type { WriterOp } from '../../storage/store/sqlite/schema.ts';
import { fromThreadError, toThreadError } from '../thread-error.ts';
import type { IdentityReport, IdentityRequest, IdentityTaskRequest } from './thread-messages.ts';

/**
 * Runs the identity consumer on the thread of the store's writer, whose tables are its own: its reads and commits cross no thread. The event
 * log's writer sends what it committed. Between two parts of a step the thread serves the commits of the connections.
 *
 * Imports no module that loads schemas or the logger, because the thread shall start fast and stay small.
 */
export function startTask({ db, run }: WriterHost<WriterOp, unknown>, request: IdentityTaskRequest): WriterTask {
  const { port, feed, logFile, owner, leaseTtlMs, browserBudget } = request;
  const report = (message: IdentityReport) => port.postMessage(message);
  const committed = new CommittedRecords(() => performance.now());
  const file = openOnUse(logFile);
  const writes = createWrites(report);
  const log: IdentityLog = {
    read: async (site, after, max) => committed.read(site, after, max) ?? file.reads().read(site, after, max),
    get: (site, offsets) => file.reads().get(site, offsets),
    findOffsetAt: (site, at) => file.reads().findOffsetAt(site, at),
    redact: (site, offsets) => writes.run((id) => ({ redact: offsets, site, id })),
    append: (records) => writes.run((id) => ({ append: records, id })),
  };
  const progress = createProgress(report);
  const consumer = new IdentityConsumer({
    log,
    store: createIdentityStore(db, createStoreWrite(run), systemClock.now),
    clock: systemClock,
    owner,
    leaseTtlMs,
    ...(browserBudget && { browserBudget }),
    createLogger: (site) => ({
      debug: (fields, event) => report({ level: 'debug', site, fields, event }),
      warn: (fields, event) => report({ level: 'warn', site, fields, event }),
    }),
    onFault: (site, error) => report({ fault: toThreadError(error), site }),
    onRecovery: (site) => report({ recovered: site }),
    onProgress: progress,
  });

  // An error that left a handler would end the thread, and with it every write of the store.
  feed.on('message', (message: FeedMessage) => {
    try {
      if ('from' in message) committed.start(message.from);
      else for (const site of committed.add(message)) consumer.wake(site);
    } catch (error) {
      for (const site of committed.forget()) {
        consumer.wake(site);
        report({ fault: toThreadError(error), site });
      }
    }
  });
  const quiesced = new Map<number, () => void>();
  const carryOut = (request: Extract<IdentityRequest, { readonly id: number }>): Promise<void> => {
    if ('stop' in request) return consumer.stop();
    if ('remove' in request) {
      // Another site with the same id may be added meanwhile.
      committed.close(request.remove);
      return consumer.removeSite(request.remove);
    }
    const { promise: done, resolve } = Promise.withResolvers<void>();
    quiesced.set(request.id, resolve);
    void done.then(() => quiesced.delete(request.id));
    return consumer.quiesce(request.quiesce, done);
  };
  const answer = async (request: IdentityRequest) => {
    if ('add' in request) {
      committed.open(request.add);
      consumer.addSite(request.add);
    } else if ('resume' in request) quiesced.get(request.resume)?.();
    else if ('written' in request) writes.end(request.written, request.error && fromThreadError(request.error));
    else {
      await carryOut(request);
      report({ done: request.id });
    }
  };
  port.on('message', (request: IdentityRequest) => {
    answer(request).catch((error: unknown) => {
      if ('id' in request) report({ done: request.id, error: toThreadError(error) });
      else report({ fault: toThreadError(error), site: 'add' in request ? request.add : '' });
    });
  });
  return {
    async stop() {
      await consumer.stop();
      file.close();
      feed.close();
      port.close();
    },
  };
}

/** Opens the event log's file at the first read. */
function openOnUse(logFile: string) {
  let opened: { readonly db: Db; readonly reads: LogReads } | undefined;
  return {
    reads(): LogReads {
      if (!opened) {
        const db = openReader(logFile);
        opened = { db, reads: createLogReads(db) };
      }
      return opened.reads;
    },
    close: () => opened?.db.close(),
  };
}

/** Lets the main thread write to the event log, and waits for it. */
function createWrites(report: (message: IdentityReport) => void) {
  const pending = new Map<number, PromiseWithResolvers<void>>();
  let ids = 0;
  return {
    run(toReport: (id: number) => IdentityReport): Promise<void> {
      const id = ids++;
      const write = Promise.withResolvers<void>();
      pending.set(id, write);
      report(toReport(id));
      return write.promise;
    },
    end(id: number, error: Error | undefined): void {
      if (error) pending.get(id)?.reject(error);
      else pending.get(id)?.resolve();
      pending.delete(id);
    },
  };
}

/** Reports the cursors that one commit moved together. */
function createProgress(report: (message: IdentityReport) => void): (site: string, cursor: Offset) => void {
  const moved = new Map<string, Offset>();
  return (site, cursor) => {
    if (moved.size === 0)
      setImmediate(() => {
        report({ progress: [...moved] });
        moved.clear();
      });
    moved.set(site, cursor);
  };
}
