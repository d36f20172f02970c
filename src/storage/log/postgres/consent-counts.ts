import { hourMs } from '../../../event/units.ts';
import type { Database } from '../../postgres/database.ts';
import { defineStatement } from '../../sql/statement.ts';
import {
  type ConsentCount,
  type ConsentCountLog,
  consentSitesQuery,
  maxBannerVersions,
  sumConsentCounts,
  writeCountQuery,
} from '../consent-counts.ts';

/** The number of steps of the schema that the first counting version knows. */
const firstCountingVersion = 12;

/**
 * The same tables as `sqlite-consent-counts.ts` describes. `consent_counting` has a row if a version before these tables ran, and one for
 * each later hour in which such a gateway ran beside others, or an append could not count: the largest counts. A gateway that only collects
 * needs the right to count before the operator runs `deploy/collect-role.sql` again, or its appends would not count.
 */
export const consentCountTables = `
  CREATE TABLE consent_counts (site text COLLATE "C" NOT NULL, bucket bigint NOT NULL, source text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL, country text COLLATE "C" NOT NULL, choice text COLLATE "C" NOT NULL, events bigint NOT NULL,
    PRIMARY KEY (site, bucket, source, version, country, choice));
  CREATE TABLE consent_counting (since bigint NOT NULL);
  INSERT INTO consent_counting SELECT (floor(extract(epoch FROM now()) / 3600)::bigint + 1) * 3600000
    WHERE EXISTS (SELECT 1 FROM lanes WHERE next > 1);
  DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'convey_collect' AND has_table_privilege(oid, 'appends', 'INSERT')) THEN
      GRANT SELECT, INSERT, UPDATE (events) ON consent_counts TO convey_collect;
      GRANT SELECT, INSERT ON consent_counting TO convey_collect;
    END IF;
  END $$;
  CREATE FUNCTION note_uncounted_consent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE next_hour bigint := (floor(extract(epoch FROM clock_timestamp()) / 3600)::bigint + 1) * 3600000;
  BEGIN
    IF NOT EXISTS (SELECT FROM consent_counting WHERE since >= next_hour) THEN
      INSERT INTO consent_counting VALUES (next_hour);
    END IF;
    RETURN NULL;
  END $$;
  DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION note_uncounted_consent() SET search_path = %I, pg_temp', current_schema);
  END $$;
  CREATE TRIGGER uncounted_consent AFTER INSERT OR UPDATE ON nodes FOR EACH ROW WHEN (NEW.schema_version < ${firstCountingVersion})
    EXECUTE FUNCTION note_uncounted_consent();
`;

const ofSource = 'FROM consent_counts c WHERE c.site = t.site AND c.bucket = t.bucket AND c.source = t.source';

/**
 * The part of an append that counts. It follows `lane` and `stored`, and reads the records' tallies in the order of the batch: `$4` are the
 * sites, `$9` to `$12` the tallies, null for a record without one.
 */
export const countStoredSql = `tallied AS (
     SELECT new.site, last_at - last_at % ${hourMs} AS bucket, new.source, new.version, new.country, new.choice, count(*) AS events
     FROM lane JOIN unnest($4::text[], $9::text[], $10::text[], $11::text[], $12::text[]) WITH ORDINALITY
       AS new (site, source, version, country, choice, position) ON new.choice IS NOT NULL
     JOIN stored ON stored.seq = base + new.position - 1
     GROUP BY 1, 2, 3, 4, 5, 6),
   further AS (
     SELECT t.*, row_number() OVER (PARTITION BY site, bucket, source ORDER BY version)
       + (SELECT count(DISTINCT c.version) ${ofSource} AND c.version <> '') > ${maxBannerVersions} AS is_over
     FROM (SELECT DISTINCT site, bucket, source, version FROM tallied t
       WHERE version <> '' AND NOT EXISTS (SELECT 1 ${ofSource} AND c.version = t.version)) t),
   counted AS (
     INSERT INTO consent_counts AS c (site, bucket, source, version, country, choice, events)
     SELECT t.site, t.bucket, t.source, CASE WHEN f.is_over THEN '' ELSE t.version END, t.country, t.choice, sum(t.events)::bigint
     FROM tallied t LEFT JOIN further f USING (site, bucket, source, version)
     GROUP BY 1, 2, 3, 4, 5, 6
     ON CONFLICT (site, bucket, source, version, country, choice) DO UPDATE SET events = c.events + excluded.events)`;

/** The part of an append that cannot count: it notes that the counts are whole from the next bucket on. It follows `lane` and `stored`. */
export const noteMissedSql = `missed AS (
     INSERT INTO consent_counting SELECT next_bucket
     FROM (SELECT last_at - last_at % ${hourMs} + ${hourMs} AS next_bucket FROM lane) AS lanes
     WHERE EXISTS (SELECT FROM stored) AND NOT EXISTS (SELECT FROM consent_counting WHERE since >= next_bucket))`;

const selectCounts = defineStatement<ConsentCount>(writeCountQuery({ site: '$1', since: '$2::bigint', until: '$3::bigint' }));
const selectSites = defineStatement<{ readonly site: string }>(consentSitesQuery);
const selectStart = defineStatement<{ readonly since: number | null }>('SELECT max(since) AS since FROM consent_counting');
const removeCounts = defineStatement(
  `DELETE FROM consent_counts WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM consent_counts WHERE site = $1 AND bucket < $2::bigint ORDER BY bucket LIMIT $3))`,
);

/** Creates the reads of the counts, and their removal. */
export function createConsentCountLog(database: Pick<Database, 'read' | 'write'>): ConsentCountLog {
  return {
    getConsentCounts: (site, since, until) =>
      sumConsentCounts(since, until, (from, to) => database.read(selectCounts(site, from, to))),
    async listConsentSites() {
      return (await database.read(selectSites())).map(({ site }) => site);
    },
    async getConsentCountingStart() {
      return (await database.read(selectStart()))[0]?.since ?? 0;
    },
    async removeConsentCounts(site, before, limit) {
      return (await database.write(removeCounts(site, before, limit))).rowCount;
    },
  };
}
