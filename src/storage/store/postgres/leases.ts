import { errorMessage } from '../../../errors.ts';
import type { Offset } from '../../log/event-log.ts';
import {
  connectionConsumerRange,
  identityConsumerId,
  identityPrefix,
  isHeldBeside,
  isSiteLease,
  parseConsumerId,
  siteLeaseId,
} from '../../ports/consumer-id.ts';
import { type ConsumerStore, type Lease, LeaseLostError } from '../../ports/consumers.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database, Transaction } from '../../postgres/database.ts';
import { getErrorCode } from '../../postgres/database-errors.ts';
import { defineStatement, type Result, type Statement } from '../../sql/statement.ts';
import { nowSql, text } from './sql.ts';

/** A large commit may wait for another transaction of its site. */
const commitTimeoutMs = 30_000;

/** The SQLSTATE that `fence` raises. */
const leaseLostCode = 'CV001';

/**
 * The row of a site's identity consumer is the site's lock. Every transaction that writes rows of a site takes it first, so that these
 * transactions run one after another: a hold that begins sees each duplicate, or the duplicate sees the hold.
 */
export const leaseTables = `
  CREATE TABLE leases (consumer ${text} PRIMARY KEY, epoch bigint NOT NULL, owner ${text} NOT NULL, until bigint NOT NULL);
  CREATE FUNCTION lock_site(identity_consumer text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO leases VALUES (identity_consumer, 0, '', 0) ON CONFLICT DO NOTHING;
      PERFORM 1 FROM leases WHERE consumer = identity_consumer FOR UPDATE;
    END $$;
  CREATE FUNCTION fence(identity_consumer text, of_consumer text, of_epoch bigint, continued text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE stored text;
    BEGIN
      PERFORM 1 FROM leases WHERE consumer = identity_consumer FOR UPDATE;
      PERFORM 1 FROM leases WHERE consumer = of_consumer AND epoch = of_epoch FOR UPDATE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'lease of % lost: another owner has it', of_consumer USING ERRCODE = '${leaseLostCode}';
      END IF;
      IF continued IS NULL THEN
        RETURN;
      END IF;
      IF of_consumer = identity_consumer THEN
        stored := coalesce((SELECT cursor FROM identity WHERE site = substr(of_consumer, ${identityPrefix.length + 1})), '');
      ELSE
        stored := (SELECT state::json ->> 'cursor' FROM connections WHERE consumer = of_consumer);
      END IF;
      IF stored IS DISTINCT FROM continued THEN
        RAISE EXCEPTION 'lease of % lost: the database went back', of_consumer USING ERRCODE = '${leaseLostCode}';
      END IF;
    END $$;
`;

const lock = defineStatement('SELECT lock_site($1)');
const fence = defineStatement('SELECT fence($1, $2, $3, $4)');
/** Refuses a consumer's lease while another process has the lease of the whole site. */
const acquire = defineStatement<{ readonly epoch: number }>(
  `WITH clock AS (SELECT ${nowSql('$4')} AS now)
   INSERT INTO leases AS l (consumer, epoch, owner, until) SELECT $1, 1, $2, now + $3::bigint FROM clock
     WHERE NOT EXISTS (SELECT 1 FROM leases s WHERE s.consumer = $5 AND s.owner <> $2 AND s.until > now)
   ON CONFLICT (consumer) DO UPDATE SET epoch = l.epoch + 1, owner = excluded.owner, until = excluded.until
     WHERE l.owner = excluded.owner OR l.until <= excluded.until - $3::bigint
   RETURNING epoch`,
);
/** Ends the leases of a site's consumers that its earlier holder had: from now on it commits nothing. */
const revoke = defineStatement(
  `WITH held AS (
     SELECT consumer FROM leases WHERE (consumer = $3 OR consumer >= $4 AND consumer < $5) AND owner <> $2
       AND EXISTS (SELECT 1 FROM leases WHERE consumer = $1 AND owner = $2)
     ORDER BY consumer NOT LIKE 'identity:%', consumer FOR UPDATE
   )
   UPDATE leases l SET epoch = epoch + 1, until = 0 FROM held WHERE l.consumer = held.consumer`,
);
/** Locks the rows in the order of `fence`: first those of sites. */
const renew = defineStatement<Lease>(
  `WITH held AS (
     SELECT l.consumer FROM leases l JOIN unnest($1::text[], $2::bigint[]) AS g(consumer, epoch) USING (consumer, epoch)
     ORDER BY l.consumer NOT LIKE 'identity:%', l.consumer FOR UPDATE OF l
   )
   UPDATE leases l SET until = ${nowSql('$4')} + $3::bigint FROM held WHERE l.consumer = held.consumer RETURNING l.consumer, l.epoch`,
);
const release = defineStatement('UPDATE leases SET until = 0 WHERE consumer = $1 AND epoch = $2');

/** Locks the rows of a site until the transaction ends. */
export function lockSite(site: string): Statement {
  return lock(identityConsumerId(site));
}

/**
 * Commits statements of a lease's holder. @throws LeaseLostError
 * @param continued the cursor that the commit continues from. A database that lost its last commits has an older one: its holder reads
 * the events again that have the offsets of lost ones.
 */
export async function commitFenced(
  database: Database,
  { consumer, epoch }: Lease,
  continued: Offset | undefined,
  statements: readonly Statement[],
): Promise<void> {
  const { site } = parseConsumerId(consumer);
  try {
    await database.commit([fence(identityConsumerId(site), consumer, epoch, continued), ...statements], {
      timeoutMs: commitTimeoutMs,
    });
  } catch (error) {
    throw toLeaseLost(error);
  }
}

/** Runs a transaction of a lease's holder, or without a lease any transaction. @throws LeaseLostError */
export async function transactFenced<T>(
  database: Database,
  lease: Lease | undefined,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await database.transact(
      async (transaction) => {
        if (lease) {
          const { consumer, epoch } = lease;
          await transaction.query(fence(identityConsumerId(parseConsumerId(consumer).site), consumer, epoch, null));
        }
        return work(transaction);
      },
      { timeoutMs: commitTimeoutMs },
    );
  } catch (error) {
    throw toLeaseLost(error);
  }
}

function toLeaseLost(error: unknown): unknown {
  if (getErrorCode(error) !== leaseLostCode) return error;
  return new LeaseLostError(errorMessage(error), { cause: error });
}

/** Commits statements that write rows of a site, and returns their results. */
export async function commitForSite(
  database: Database,
  site: string,
  statements: readonly Statement[],
): Promise<readonly Result<unknown>[]> {
  const [, ...results] = await database.commit([lockSite(site), ...statements], { timeoutMs: commitTimeoutMs });
  return results;
}

/** @param renewing the connections for renewals @param now the time of a test; by default, the database's clock decides when leases expire */
export function createLeases(
  database: Database,
  renewing: Database,
  now: () => number | undefined,
): Pick<ConsumerStore, 'acquireLease' | 'renewLeases' | 'releaseLease'> {
  return {
    async acquireLease(consumer, owner, ttlMs) {
      const { site } = parseConsumerId(consumer);
      const excluding = isHeldBeside(consumer) ? consumer : siteLeaseId(site);
      const { rows } = await database.transact(async (transaction) => {
        const [, acquired] = await Promise.all([
          transaction.query(lockSite(site)),
          transaction.query(acquire(consumer, owner, ttlMs, now(), excluding)),
          isSiteLease(consumer) &&
            transaction.query(revoke(consumer, owner, identityConsumerId(site), ...connectionConsumerRange(site))),
        ]);
        return acquired;
      });
      const [lease] = rows;
      return lease && { consumer, epoch: lease.epoch };
    },
    async renewLeases(leases, ttlMs) {
      if (leases.length === 0) return [];
      const consumers = encodeTexts(leases.map(({ consumer }) => consumer));
      const epochs = encodeBigints(leases.map(({ epoch }) => epoch));
      const { rows } = await renewing.write(renew(consumers, epochs, ttlMs, now()));
      const renewed = new Map(rows.map(({ consumer, epoch }) => [consumer, epoch]));
      return leases.filter(({ consumer, epoch }) => renewed.get(consumer) !== epoch);
    },
    async releaseLease({ consumer, epoch }) {
      await database.write(release(consumer, epoch));
    },
  };
}
