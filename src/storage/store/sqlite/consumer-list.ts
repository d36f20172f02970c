import type { Db } from '../../sqlite/open.ts';
import { connectionConsumerRange } from '../consumer-id.ts';

/** Prepares the list of a site's connection consumers. */
export function prepareConsumerList(db: Db): (site: string) => readonly string[] {
  const select = db
    .prepare<[string, string], string>('SELECT consumer FROM connections WHERE consumer >= ? AND consumer < ?')
    .pluck();
  return (site) => select.all(...connectionConsumerRange(site));
}
