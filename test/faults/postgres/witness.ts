import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { runStatement } from '../../../scripts/run-statement.ts';
import { parseEventKey } from '../../../src/event/event-key.ts';
import { startOffset } from '../../../src/storage/log/event-log.ts';
import { toOffset } from '../../../src/storage/log/offsets.ts';
import { openPostgresStorage, type PostgresStorage } from '../../../src/storage/open-postgres.ts';
import type { Vendor } from '../scripted-vendor.ts';

/**
 * The oracle of several gateways on one database, besides O1 to O5:
 *
 * - O6 each acknowledged event is in `records`;
 * - O7 one node at a time commits for a site, and a commit's epoch never decreases;
 * - O8 a reader that followed a site during the faults saw the final records, each once and in order;
 * - O9 each request at the platform has an attempt that was committed before it, for each time that it was sent.
 */
export interface NodeViolations {
  /** O6: ids that were acknowledged and are not stored. */
  readonly missing: readonly string[];
  /** O7: commits of a node that did not hold the site, or of an earlier epoch. */
  readonly overlapping: readonly string[];
  /** O8: sites whose reader saw other records. */
  readonly skipped: readonly string[];
  /** O9: the number of requests without an attempt. */
  readonly unrecorded: number;
}

export const noNodeViolations: NodeViolations = { missing: [], overlapping: [], skipped: [], unrecorded: 0 };

export interface Witness {
  /** Checks everything once the load and the faults are over. */
  findViolations(acknowledged: ReadonlySet<string>, vendor: Vendor): Promise<NodeViolations>;
  /** Returns the node that last committed for each site: the `application_name` of its connections. */
  listHolders(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/** Records the node and the epoch of every commit. `fence` locks the site, so the places of its commits are in their order. */
const audit = `
  CREATE TABLE audit (place bigint GENERATED ALWAYS AS IDENTITY, site text, consumer text, epoch bigint, node text, at bigint);
  CREATE INDEX audit_by_site ON audit (site, place);
  ALTER FUNCTION fence RENAME TO fence_unwatched;
  CREATE FUNCTION fence(identity_consumer text, of_consumer text, of_epoch bigint, continued text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM fence_unwatched(identity_consumer, of_consumer, of_epoch, continued);
      INSERT INTO audit (site, consumer, epoch, node, at) VALUES (substr(identity_consumer, 10), of_consumer, of_epoch,
        current_setting('application_name'), floor(extract(epoch FROM clock_timestamp()) * 1000));
    END $$;
`;

interface Commit {
  readonly site: string;
  readonly consumer: string;
  readonly epoch: number;
  readonly node: string;
  readonly at: number;
}

/**
 * Begins to follow the sites and to record the commits, in a database without gateways so far.
 * @param url the database, which the witness may reach in another way than the gateways
 */
export async function startWitness(url: string, sites: readonly string[]): Promise<Witness> {
  const storage = await openPostgresStorage(url, { onConnectionError: () => {} });
  const run = <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => runStatement<Row>(url, text, values);
  await run(audit);
  const followers = sites.map((site) => follow(storage, site));
  const listCommits = async () => {
    const rows = await run<Commit>(
      'SELECT site, consumer, epoch::integer, node, at::double precision AS at FROM audit ORDER BY place',
    );
    return Map.groupBy(rows, ({ site }) => site);
  };
  return {
    async findViolations(acknowledged, vendor) {
      const seen = await Promise.all(followers.map((follower) => follower.end()));
      const stored = await run<{ partition: string; seq: number; key: string }>(
        'SELECT partition, seq::double precision AS seq, key FROM records ORDER BY partition, seq',
      );
      const ids = new Set(stored.map(({ key }) => parseEventKey(key).id));
      const attempts = await run<{ digest: string; sent: number }>(
        'SELECT body_sha256 AS digest, sum(sent)::integer AS sent FROM attempts GROUP BY body_sha256',
      );
      const sentByDigest = new Map(attempts.map(({ digest, sent }) => [digest, sent]));
      const requests = Map.groupBy(
        vendor.requests.filter((request) => request.ids.length > 0),
        ({ digest }) => digest,
      );
      const unrecorded = [...requests].map(([digest, same]) => Math.max(0, same.length - (sentByDigest.get(digest) ?? 0)));
      return {
        missing: [...acknowledged].filter((id) => !ids.has(id)).slice(0, 10),
        overlapping: [...(await listCommits()).values()].flatMap(findOverlapping).slice(0, 10),
        skipped: sites.filter((site, index) => {
          const final = stored.filter(({ partition }) => partition === site).map(({ seq, key }) => `${toOffset(seq)} ${key}`);
          return final.join('\n') !== seen[index]?.join('\n');
        }),
        unrecorded: unrecorded.reduce((sum, one) => sum + one, 0),
      };
    },
    async listHolders() {
      const rows = await run<{ site: string; node: string }>(
        `SELECT site, (SELECT node FROM audit WHERE audit.site = watched.site ORDER BY place DESC LIMIT 1) AS node
         FROM unnest($1::text[]) AS watched (site)`,
        [sites],
      );
      return new Map(rows.map(({ site, node }) => [site, node]));
    },
    async close() {
      await Promise.all(followers.map((follower) => follower.end()));
      await storage.close();
    },
  };
}

/** Returns the commits of a site that O7 forbids. */
function findOverlapping(commits: readonly Commit[]): readonly string[] {
  const newest = new Map<string, { readonly epoch: number; readonly node: string }>();
  /** The last epoch of each node and consumer, and the turn that it is of. */
  const own = new Map<string, { readonly epoch: number; readonly turn: number }>();
  const found: string[] = [];
  let turn = 0;
  for (const [index, { consumer, epoch, node, at }] of commits.entries()) {
    if (commits[index - 1]?.node !== node) turn += 1;
    const last = newest.get(consumer);
    const isOrdered = !last || epoch > last.epoch || (epoch === last.epoch && node === last.node);
    if (!isOrdered) found.push(`${consumer} ${node} epoch ${epoch} after ${last.node} epoch ${last.epoch} at ${at}`);
    newest.set(consumer, { epoch, node });
    // A node that takes the site back acquires all its leases again.
    const before = own.get(`${node} ${consumer}`);
    if (before && before.turn !== turn && epoch <= before.epoch)
      found.push(`${consumer} ${node} epoch ${epoch} at ${at}, after another node ran the site`);
    own.set(`${node} ${consumer}`, { epoch, turn });
  }
  return found;
}

const maxFailures = 50;

/** Reads a site from its beginning, as the consumers of a node do, until the end of the test. Goes on after an error. */
function follow({ log }: PostgresStorage, site: string): { end(): Promise<readonly string[]> } {
  const seen: string[] = [];
  let isEnding = false;
  const read = async () => {
    let failures = 0;
    for (let after = startOffset; failures < maxFailures; ) {
      const wasEnding = isEnding;
      const page = await log.read(site, after, { records: 1_000, bytes: 4_000_000 }).catch(() => undefined);
      for (const { offset, key } of page?.records ?? []) seen.push(`${offset} ${key}`);
      after = page?.lastOffset ?? after;
      if (page?.records.length === 0) {
        if (wasEnding) return;
        await sleep(20);
      }
      if (page) continue;
      if (wasEnding) failures += 1;
      await sleep(100);
    }
  };
  const reading = read();
  return {
    async end() {
      isEnding = true;
      await reading;
      return seen;
    },
  };
}
