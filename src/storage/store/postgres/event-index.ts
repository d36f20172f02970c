import { denialReachMs } from '../../../event/consent.ts';
import { type Offset, startOffset } from '../../log/event-log.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import type { Database } from '../../postgres/database.ts';
import { withoutNul } from '../../postgres/postgres-sql.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import type { IdentityCommit } from '../consumers.ts';
import type { EventSearch } from '../event-index.ts';
import type { TrustedReport } from '../reports.ts';
import {
  consentRanks,
  end,
  keyBits,
  maxRows,
  type PurchaseRow,
  scanSizes,
  sourceBits,
  toBits,
  toLikePattern,
  toPurchase,
  toStoredBits,
  trustedBits,
  trustedSpan,
} from '../rows/event-index.ts';
import type { Store } from '../store.ts';
import { createOutcomes } from './outcomes.ts';
import { readRow, text } from './sql.ts';

const { browser, server, webhook } = sourceBits;
const { denied, statedGranted, statedDenied } = consentRanks;
/** Whether the report dates the event, as `getLeadReport` of delivery decides. */
const leads = `CASE excluded.reporters WHEN ${server} THEN e.reporters & ${server} = 0
  WHEN ${webhook} THEN e.reporters & ${server | webhook} = 0 ELSE false END`;
const isFar = `abs(e.received_at - excluded.received_at) > ${denialReachMs}`;
const joinedConsent = `CASE
  WHEN e.reporters = ${browser} AND excluded.reporters <> ${browser} AND e.consent = ${statedDenied} AND excluded.consent = ${statedGranted}
    AND ${isFar} THEN excluded.consent
  WHEN e.reporters <> ${browser} AND excluded.reporters = ${browser} AND e.consent = ${statedGranted} AND excluded.consent = ${statedDenied}
    AND ${isFar} THEN e.consent
  ELSE greatest(e.consent, excluded.consent) END`;
const isDenied = `(${joinedConsent}) IN (${denied}, ${statedDenied})`;
/**
 * One row per event at its primary report's offset, to which duplicates add. Bits and ranks are those of the embedded store.
 * `index_reports` adds the reports of an event one after another, because one statement cannot write a row twice.
 */
export const eventIndexTables = `
  CREATE TABLE event_index (site ${text} NOT NULL, "offset" ${text} NOT NULL, received_at bigint NOT NULL, time bigint NOT NULL,
    name ${text} NOT NULL, id ${text} NOT NULL, reporters integer NOT NULL, consent integer NOT NULL, keys integer NOT NULL,
    order_id ${text}, PRIMARY KEY (site, "offset"));
  CREATE INDEX purchases_by_offset ON event_index (site, "offset") WHERE name = 'Purchase';
  CREATE FUNCTION index_reports(of_site text, offsets text[], received bigint[], times bigint[], names text[], ids text[], sources bigint[],
    consents bigint[], bits bigint[], orders text[]) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE round bigint := 1;
    BEGIN
      LOOP
        INSERT INTO event_index AS e (site, "offset", received_at, time, name, id, reporters, consent, keys, order_id)
        SELECT of_site, event, received_at, time, name, id, reporters, consent, keys, order_id FROM (
          SELECT *, row_number() OVER (PARTITION BY event ORDER BY place) AS rank FROM (
            SELECT g.*, coalesce(d.primary_offset, g.report) AS event
            FROM unnest(offsets, received, times, names, ids, sources, consents, bits, orders) WITH ORDINALITY
              AS g(report, received_at, time, name, id, reporters, consent, keys, order_id, place)
            LEFT JOIN duplicate_reports d ON d.site = of_site AND d."offset" = g.report
          ) given
        ) ranked WHERE rank = round
        ON CONFLICT (site, "offset") DO UPDATE SET reporters = e.reporters | excluded.reporters, consent = ${joinedConsent},
          time = CASE WHEN ${leads} THEN excluded.time ELSE e.time END,
          received_at = CASE WHEN ${leads} THEN excluded.received_at ELSE e.received_at END,
          keys = CASE WHEN ${isDenied} THEN 0 ELSE e.keys | excluded.keys END,
          order_id = CASE WHEN ${isDenied} THEN NULL
            ELSE coalesce(CASE WHEN ${leads} THEN excluded.order_id ELSE e.order_id END, e.order_id, excluded.order_id) END;
        EXIT WHEN NOT FOUND;
        round := round + 1;
      END LOOP;
    END $$;
`;

const put = defineStatement('SELECT index_reports($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)');
/** A released function of the schema never changes, so `index_reports` does not write the place. */
const putPlaces = defineStatement(
  `UPDATE event_index e SET network_place = g.place FROM unnest($2::text[], $3::bigint[]) AS g("offset", place)
   WHERE e.site = $1 AND e."offset" = g."offset"`,
);
const strip = defineStatement(
  `UPDATE event_index e SET keys = 0, order_id = NULL
   FROM unnest($2::text[]) AS g("offset") LEFT JOIN duplicate_reports d ON d.site = $1 AND d."offset" = g."offset"
   WHERE e.site = $1 AND e."offset" = coalesce(d.primary_offset, g."offset")`,
);

/** Returns the statements that index reports, and remove the match keys and order ids of absent records. */
export function indexStatements({ site, index = [], absent = [] }: Pick<IdentityCommit, 'site' | 'index' | 'absent'>) {
  const statements: Statement[] = [];
  if (index.length > 0) {
    const rows = index.map((entry) => ({ ...entry, ...toStoredBits(entry) }));
    statements.push(
      put(
        site,
        encodeTexts(rows.map(({ offset }) => offset)),
        encodeBigints(rows.map(({ receivedAt }) => receivedAt)),
        encodeBigints(rows.map(({ time }) => time)),
        encodeTexts(rows.map(({ name }) => name)),
        encodeTexts(rows.map(({ id }) => id)),
        encodeBigints(rows.map(({ reporters }) => reporters)),
        encodeBigints(rows.map(({ rank }) => rank)),
        encodeBigints(rows.map(({ keys }) => keys)),
        encodeTexts(rows.map(({ orderId = null }) => orderId)),
      ),
    );
    const placed = rows.flatMap(({ offset, networkPlace }) => (networkPlace === undefined ? [] : [{ offset, networkPlace }]));
    const places = encodeBigints(placed.map(({ networkPlace }) => networkPlace));
    if (placed.length > 0) statements.push(putPlaces(site, encodeTexts(placed.map(({ offset }) => offset)), places));
  }
  if (absent.length > 0) statements.push(strip(site, encodeTexts(absent.map(({ offset }) => offset))));
  return statements;
}

/** The filters of a search, which begin at `$2`. */
const matches = `($2::text[] IS NULL OR e.name = ANY ($2::text[])) AND ($3::integer = 0 OR e.reporters & $3::integer <> 0)
  AND e.keys & $4::integer = $4::integer AND e.keys & $5::integer = 0 AND e.time >= $6::bigint AND e.time < $7::bigint
  AND ($8::text IS NULL OR e.id ILIKE $8::text OR e.order_id ILIKE $8::text)`;
interface OffsetRow {
  readonly offset: Offset;
}
const events = defineStatement<OffsetRow>(
  `SELECT e."offset" FROM event_index e WHERE e.site = $1 AND e."offset" < $9 AND e."offset" >= $10 AND ${matches}
   ORDER BY e."offset" DESC LIMIT $11`,
);
const duplicates = defineStatement<OffsetRow>(
  `SELECT d."offset" FROM duplicate_reports d JOIN event_index e ON e.site = d.site AND e."offset" = d.primary_offset
   WHERE d.site = $1 AND d."offset" < $9 AND d."offset" >= $10 AND ${matches} ORDER BY d."offset" DESC`,
);
const back = defineStatement<OffsetRow>(
  'SELECT "offset" FROM event_index WHERE site = $1 AND "offset" < $2 ORDER BY "offset" DESC LIMIT 1 OFFSET $3',
);
const purchases = defineStatement<PurchaseRow>(
  `SELECT "offset", received_at AS "receivedAt", time, id, reporters, order_id AS "orderId" FROM event_index
   WHERE site = $1 AND name = 'Purchase' AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT $4`,
);
const spanEnd = defineStatement<OffsetRow>(
  `SELECT "offset" FROM event_index WHERE site = $1 AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT 1 OFFSET ${trustedSpan - 1}`,
);
const countRows = defineStatement<{ readonly rows: number }>(
  'SELECT count(*) AS rows FROM event_index WHERE site = $1 AND "offset" > $2 AND "offset" <= $3',
);
const trustedPrimaries = defineStatement<TrustedReport>(
  `SELECT "offset", "offset" AS "primary" FROM (SELECT "offset", reporters FROM event_index
     WHERE site = $1 AND "offset" > $2 AND "offset" <= $3 ORDER BY "offset" LIMIT ${trustedSpan}) searched
   WHERE reporters & ${trustedBits} <> 0 ORDER BY "offset" LIMIT $4`,
);
const trustedDuplicates = defineStatement<TrustedReport>(
  `SELECT d."offset", d.primary_offset AS "primary" FROM duplicate_reports d
     JOIN event_index e ON e.site = d.site AND e."offset" = d.primary_offset
   WHERE d.site = $1 AND d."offset" > $2 AND d."offset" <= $3 AND e.reporters & ${trustedBits} <> 0 ORDER BY d."offset" LIMIT $4`,
);

export function createEventIndex(database: Database): Pick<Store, 'searchEvents' | 'listPurchases' | 'findTrustedReports'> {
  const { filterByOutcome } = createOutcomes(database);

  /** Returns the matches between two offsets, the newest first. */
  const findOffsets = async (
    filters: readonly unknown[],
    before: Offset,
    from: Offset,
    outcomes: EventSearch['outcomes'],
    limit: number,
  ): Promise<readonly Offset[]> => {
    if (!outcomes) return (await database.read(events(...filters, before, from, limit))).map(({ offset }) => offset);
    const [primaries, others] = await Promise.all([
      database.read(events(...filters, before, from, null)),
      outcomes.any.includes('duplicate') ? database.read(duplicates(...filters, before, from)) : [],
    ]);
    const candidates = [...primaries, ...others].map(({ offset }) => offset);
    const found = new Set<Offset>();
    for (const consumer of outcomes.consumers)
      for (const offset of await filterByOutcome(consumer, candidates, outcomes.any)) found.add(offset);
    return [...found].sort().reverse().slice(0, limit);
  };

  return {
    async findTrustedReports(site, after, through, limit) {
      const [primaries, last] = await Promise.all([
        database.read(trustedPrimaries(site, after, through, limit)),
        readRow(database, spanEnd(site, after, through)),
      ]);
      const isFull = primaries.length === limit;
      const searched = (isFull ? primaries.at(-1)?.offset : last?.offset) ?? through;
      const duplicates = await database.read(trustedDuplicates(site, after, searched, limit));
      const reports = [...primaries, ...duplicates].sort((a, b) => (a.offset < b.offset ? -1 : 1)).slice(0, limit);
      const reached = (reports.length === limit ? reports.at(-1)?.offset : undefined) ?? searched;
      const { rows = 0 } = (await readRow(database, countRows(site, after, reached))) ?? {};
      const among = reports.filter(({ offset, primary }) => offset === primary).length;
      return { reports, through: reached, others: Math.max(0, rows - among) };
    },
    async listPurchases(site, after, through, limit) {
      return (await database.read(purchases(site, after, through, limit))).map(toPurchase);
    },
    async searchEvents(site, { names, reporters, has, lacks, since, until, text: part, outcomes, among, before: first, limit }) {
      const filters = [
        site,
        names ? encodeTexts(names) : null,
        toBits(reporters ?? [], sourceBits),
        toBits(has ?? [], keyBits),
        toBits(lacks ?? [], keyBits),
        since ?? Number.MIN_SAFE_INTEGER,
        until ?? Number.MAX_SAFE_INTEGER,
        part === undefined ? null : toLikePattern(withoutNul(part)),
      ];
      const stepBack = async (from: Offset, rows: number) => (await readRow(database, back(site, from, rows - 1)))?.offset;
      const oldest = (among === undefined ? undefined : await stepBack(end, among)) ?? startOffset;
      const offsets: Offset[] = [];
      let before = first ?? end;
      let rows: number = scanSizes.first;
      for (let searched = 0; searched < maxRows; searched += rows, rows = Math.min(rows * 2, scanSizes.most)) {
        const reached = (await stepBack(before, rows)) ?? startOffset;
        const isLast = reached <= oldest;
        const from = isLast ? oldest : reached;
        offsets.push(...(await findOffsets(filters, before, from, outcomes, limit - offsets.length)));
        if (offsets.length >= limit) return { offsets, before: offsets.at(-1) ?? from };
        if (isLast) return { offsets };
        before = from;
      }
      return { offsets, before };
    },
  };
}
