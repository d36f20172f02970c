import type { MessagePort } from 'node:worker_threads';
import type { Db } from '../sqlite/open.ts';
import type { WriterTask } from '../sqlite/writer.ts';
import type { NewRecord } from './event-log.ts';
import { listRecordTables } from './sqlite-log.reads.ts';

/** A message of the feed. The first one names the newest record that the feed does not have. */
export type FeedMessage = { readonly from: number } | CommittedBatch;

/** The records of one transaction, in log order: one entry of each list per record. */
export interface CommittedBatch {
  readonly partitions: readonly string[];
  readonly seqs: readonly number[];
  readonly keys: readonly string[];
  readonly ats: readonly number[];
  /** The bodies, one after the other, and the end of each. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: readonly number[];
}

interface AddedRecord extends NewRecord {
  readonly seq: number;
  readonly at: number;
}

/** Sends the records that the writer of the event log has committed to another thread, so that it need not read them from the file. */
export function createCommitFeed() {
  let port: MessagePort | undefined;
  let added: AddedRecord[] = [];
  return {
    /** Notes the records of an operation. A record without a seq is a duplicate. */
    add(records: readonly NewRecord[], seqs: readonly (number | null)[], at: number): void {
      if (!port) return;
      for (const [index, record] of records.entries()) {
        const seq = seqs[index];
        if (seq != null) added.push({ ...record, seq, at });
      }
    },
    /** Sends the noted records once they are committed. */
    end(isCommitted: boolean): void {
      if (added.length === 0) return;
      const batch = added;
      added = [];
      if (!port || !isCommitted) return;
      const message = toBatch(batch);
      port.postMessage(message, [message.bytes.buffer]);
    },
    start(to: MessagePort, db: Db): WriterTask {
      const newest = Math.max(
        ...listRecordTables(db).map((table) => db.prepare<[], number | null>(`SELECT max(seq) FROM ${table}`).pluck().get() ?? 0),
      );
      port = to;
      to.postMessage({ from: newest } satisfies FeedMessage);
      const forget = () => {
        if (port === to) port = undefined;
      };
      to.on('close', forget);
      return {
        async stop() {
          forget();
          to.close();
        },
      };
    },
  };
}

function toBatch(records: readonly AddedRecord[]): CommittedBatch {
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + record.bytes.byteLength, 0));
  const ends: number[] = [];
  let end = 0;
  for (const record of records) {
    bytes.set(record.bytes, end);
    end += record.bytes.byteLength;
    ends.push(end);
  }
  return {
    partitions: records.map(({ partition }) => partition),
    seqs: records.map(({ seq }) => seq),
    keys: records.map(({ key }) => key),
    ats: records.map(({ at }) => at),
    bytes,
    ends,
  };
}
