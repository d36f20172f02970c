/** Returns the query for the newest seq of each partition, by one index seek each: a plain GROUP BY would scan every record. */
export function writeHeadsQuery(table: string): string {
  return `WITH RECURSIVE partitions (name) AS (
      SELECT min(partition) FROM ${table}
      UNION ALL
      SELECT (SELECT min(partition) FROM ${table} WHERE partition > name) FROM partitions WHERE name IS NOT NULL
    )
    SELECT name AS partition, (SELECT max(seq) FROM ${table} WHERE partition = name) AS seq FROM partitions WHERE name IS NOT NULL`;
}
