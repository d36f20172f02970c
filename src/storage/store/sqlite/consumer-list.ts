import { connectionConsumerRange } from '../../ports/consumer-id.ts';
import type { Db } from '../../sqlite/open.ts';

/** Prepares the list of a site's connection consumers. */
export function prepareConsumerList(db: Db): (site: string) => readonly string[] {
  const select = db
    .prepare<[string, string], string>('SELECT consumer FROM connections WHERE consumer >= ? AND consumer < ?')
    .pluck();
  return (site) => select.all(...connectionConsumerRange(site));
}

/** Prepares the list of a site's connection consumers, including those of removed connections whose history is stored. */
export function prepareHistoryConsumerList(db: Db): (site: string) => readonly string[] {
  const select = db
    .prepare<{ from: string; before: string }, string>(
      `SELECT consumer FROM connections WHERE consumer >= @from AND consumer < @before
       UNION SELECT consumer FROM retired WHERE consumer >= @from AND consumer < @before`,
    )
    .pluck();
  return (site) => {
    const [from, before] = connectionConsumerRange(site);
    return select.all({ from, before });
  };
}
