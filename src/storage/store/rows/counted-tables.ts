/** A table of counts or sums by bucket. */
export interface CountedTable {
  readonly table: string;
  /** The column with whose buckets they are. */
  readonly of: 'site' | 'consumer';
  /** The other columns of the key, besides `bucket`. */
  readonly by: readonly string[];
  readonly sums: readonly string[];
}

export const countedTables: readonly CountedTable[] = [
  { table: 'received_counts', of: 'site', by: [], sums: ['events', 'duplicates', 'orders', 'browser_events'] },
  { table: 'outcome_counts', of: 'consumer', by: ['outcome'], sums: ['events'] },
  { table: 'delivery_times', of: 'consumer', by: ['from_ms'], sums: ['events'] },
  { table: 'delivery_errors', of: 'consumer', by: ['code', 'name'], sums: ['events'] },
  { table: 'rule_counts', of: 'consumer', by: ['rule'], sums: ['events'] },
  { table: 'reported_money', of: 'site', by: ['source', 'currency'], sums: ['orders', 'amount'] },
  { table: 'settled_money', of: 'consumer', by: ['outcome', 'currency'], sums: ['orders', 'amount'] },
];

/** The start of the hour that contains a bucket. The first bucket of an hour has the sums of the hour, once it is rolled up. */
export const hourStartSql = '(bucket - bucket % 3600000)';

/** Returns the columns of the key and of the sums. */
export function listColumns({ of, by, sums }: CountedTable): string {
  return [of, 'bucket', ...by, ...sums].join(', ');
}

/** Returns the clause that adds the inserted sums to the stored ones. */
export function addToStored({ table, of, by, sums }: CountedTable): string {
  const changes = sums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`);
  return `ON CONFLICT (${[of, 'bucket', ...by].join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
}
