import { denialReachMs } from '../../../event/consent.ts';
import type { IdentityCommit } from '../../ports/consumers.ts';
import { encodeBigints, encodeTexts } from '../../postgres/binary-arrays.ts';
import { defineStatement, type Statement } from '../../sql/statement.ts';
import { consentRanks, isDenial, sourceBits, toStoredBits } from '../rows/event-index.ts';
import { text } from './sql.ts';

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

/** The shopper's country, and the saved views of the event list. */
export const eventViewTables = `
  ALTER TABLE event_index ADD COLUMN country ${text};
  CREATE TABLE saved_views (site ${text} NOT NULL, id ${text} NOT NULL, name ${text} NOT NULL, query ${text} NOT NULL,
    "by" ${text} NOT NULL, created_at bigint NOT NULL, PRIMARY KEY (site, id));
`;

const put = defineStatement('SELECT index_reports($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)');
/** A released function of the schema never changes, so `index_reports` does not write the place. */
const putPlaces = defineStatement(
  `UPDATE event_index e SET network_place = g.place FROM unnest($2::text[], $3::bigint[]) AS g("offset", place)
   WHERE e.site = $1 AND e."offset" = g."offset"`,
);
/** Of reports without a country too, because a denial removes that of the event. */
const putCountries = defineStatement(
  `UPDATE event_index e SET country = CASE WHEN e.consent IN (${denied}, ${statedDenied}) THEN NULL
     ELSE coalesce(e.country, nullif(g.country, '')) END
   FROM unnest($2::text[], $3::text[]) AS g("offset", country) LEFT JOIN duplicate_reports d ON d.site = $1 AND d."offset" = g."offset"
   WHERE e.site = $1 AND e."offset" = coalesce(d.primary_offset, g."offset")`,
);
const strip = defineStatement(
  `UPDATE event_index e SET keys = 0, order_id = NULL, country = NULL
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
    const located = rows.filter(({ country, rank }) => country !== undefined || isDenial(rank));
    const countries = encodeTexts(located.map(({ country = '' }) => country));
    if (placed.length > 0) statements.push(putPlaces(site, encodeTexts(placed.map(({ offset }) => offset)), places));
    if (located.length > 0) statements.push(putCountries(site, encodeTexts(located.map(({ offset }) => offset)), countries));
  }
  if (absent.length > 0) statements.push(strip(site, encodeTexts(absent.map(({ offset }) => offset))));
  return statements;
}
