import { denialReachMs } from '../../../event/consent.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import type { Db } from '../../sqlite/open.ts';
import { consentRanks, isDenial, sourceBits, toStoredBits } from '../rows/event-index.ts';

/** Prepares the index writes: one row per event at the primary report's offset, to which duplicates add. Runs in the writer's thread. */
export function prepareIndex(db: Db) {
  const first = 'coalesce((SELECT primary_offset FROM duplicate_reports WHERE site = @site AND offset = @offset), @offset)';
  const { browser, server, webhook } = sourceBits;
  const { denied, statedGranted, statedDenied } = consentRanks;
  // The report that dates the event is the one that `getLeadReport` of delivery returns.
  const leads = `CASE excluded.reporters WHEN ${server} THEN reporters & ${server} = 0
    WHEN ${webhook} THEN reporters & ${server | webhook} = 0 ELSE 0 END`;
  const isFar = `abs(received_at - excluded.received_at) > ${denialReachMs}`;
  const joined = `CASE
    WHEN reporters = ${browser} AND excluded.reporters <> ${browser} AND consent = ${statedDenied} AND excluded.consent = ${statedGranted}
      AND ${isFar} THEN excluded.consent
    WHEN reporters <> ${browser} AND excluded.reporters = ${browser} AND consent = ${statedGranted} AND excluded.consent = ${statedDenied}
      AND ${isFar} THEN consent
    ELSE max(consent, excluded.consent) END`;
  const isDenied = `(${joined}) IN (${denied}, ${statedDenied})`;
  const put = db.prepare(
    `INSERT INTO event_index (site, offset, received_at, time, name, id, reporters, consent, keys, order_id, network_place, country)
     VALUES (@site, ${first}, @receivedAt, @time, @name, @id, @reporters, @consent, @keys, @orderId, @networkPlace, @country)
     ON CONFLICT (site, offset) DO UPDATE SET reporters = reporters | excluded.reporters, consent = ${joined},
       time = iif(${leads}, excluded.time, time), received_at = iif(${leads}, excluded.received_at, received_at),
       keys = iif(${isDenied}, 0, keys | excluded.keys),
       order_id = iif(${isDenied}, NULL, coalesce(iif(${leads}, excluded.order_id, order_id), order_id, excluded.order_id)),
       country = iif(${isDenied}, NULL, coalesce(country, excluded.country))`,
  );
  const forget = db.prepare(
    `UPDATE event_index SET keys = 0, order_id = NULL, country = NULL WHERE site = @site AND offset = ${first}`,
  );
  return ({ site, index, absent }: Pick<IdentityCommit, 'site' | 'index' | 'absent'>) => {
    for (const { offset, receivedAt, time, name, id, reporter, consent, keys, orderId, networkPlace, country } of index ?? []) {
      const { reporters, rank, keys: bits } = toStoredBits({ reporter, consent, keys });
      put.run({
        site,
        offset,
        receivedAt,
        time,
        name,
        id,
        reporters,
        consent: rank,
        keys: bits,
        orderId: orderId ?? null,
        networkPlace: networkPlace ?? null,
        country: isDenial(rank) ? null : (country ?? null),
      });
    }
    for (const { offset } of absent ?? []) forget.run({ site, offset });
  };
}
