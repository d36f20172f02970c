import { omitEmpty } from '../../destinations/kit/omit-empty.ts';
import type { Site } from '../../event/site.ts';
import type { EventSearch } from '../../storage/store/event-index.ts';
import { filters, type ReadFilters } from '../http/parameters.ts';

/** Whether anything is asked that not every event has. */
export function hasFilters(asked: ReadFilters): boolean {
  return Object.entries(asked).some(([name, value]) => value !== undefined && Object.hasOwn(filters, name));
}

/** The store's question for these filters. */
export function toEventSearch(site: Site, asked: ReadFilters, limit: number, before?: string): EventSearch {
  const { event: names, reporter: of, outcome: any, connection, has, lacks, since, until, text, among } = asked;
  const shown = site.connections.filter(({ id }) => connection === undefined || id === connection);
  const outcomes = any && { consumers: shown.map(({ id }) => `${site.id}/${id}`), any };
  return { ...omitEmpty({ names, reporters: of, outcomes, has, lacks, since, until, text, among, before }), limit };
}
