import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { serveParent } from '../child.ts';
import { acknowledge, listen, readEvents } from '../plain-http.ts';
import type { NewRecord } from './durable-http.writer.ts';

interface QueuedRequest {
  readonly records: readonly NewRecord[];
  readonly done: (isNew: readonly boolean[]) => void;
}

/**
 * The minimal HTTP server that stores as durably as Convey: each event once by its key, in SQLite, synced before the response. Events
 * that queue during a commit form the next commit. Stores the bytes unchanged.
 */
let writer: Worker | undefined;
let queued: QueuedRequest[] = [];
let sent: readonly QueuedRequest[] = [];

function flush(): void {
  if (sent.length > 0 || queued.length === 0) return;
  sent = queued;
  queued = [];
  writer?.postMessage(sent.flatMap(({ records }) => records));
}

function settle(isNew: readonly boolean[]): void {
  const finishedBatches = sent;
  sent = [];
  flush();
  let from = 0;
  for (const { records, done } of finishedBatches) {
    done(isNew.slice(from, from + records.length));
    from += records.length;
  }
}

const server = createServer(async (request, response) => {
  const events = await readEvents(request);
  const records = events.map((event) => ({ key: `${event.name} ${event.id}`, json: JSON.stringify(event) }));
  const isNew = await new Promise<readonly boolean[]>((done) => {
    queued.push({ records, done });
    flush();
  });
  acknowledge(response, events, isNew.filter(Boolean).length);
});

serveParent(
  z.object({ do: z.literal('start'), folder: z.string() }),
  async ({ folder }) => {
    writer = new Worker(new URL('./durable-http.writer.ts', import.meta.url), { workerData: join(folder, 'grouped.db') });
    writer.on('message', settle);
    await once(writer, 'online');
    return listen(server);
  },
  async () => {
    server.closeAllConnections();
    await writer?.terminate();
  },
);
