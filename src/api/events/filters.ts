import { omitEmpty } from '../../destinations/kit/mapping/omit-empty.ts';
import type { Site } from '../../event/site.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { EventSearch } from '../../storage/ports/event-index.ts';
import { filters, type ReadFilters } from '../http/parameters.ts';

/** Returns whether any filter is set. */
export function hasFilters(params: ReadFilters): boolean {
  return Object.entries(params).some(([name, value]) => value !== undefined && Object.hasOwn(filters, name));
}

/** Converts filters to a search of the store. */
export function toEventSearch(site: Site, params: ReadFilters, limit: number, before?: string): EventSearch {
  const { event: names, reporter: of, outcome: any, connection, has, lacks, since, until, text, among } = params;
  const shown = site.connections.filter(({ id }) => connection === undefined || id === connection);
  const outcomes = any && { consumers: shown.map(({ id }) => formatConsumerId(site.id, id)), any };
  return { ...omitEmpty({ names, reporters: of, outcomes, has, lacks, since, until, text, among, before }), limit };
}
