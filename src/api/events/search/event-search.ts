import { omitEmpty } from '../../../destinations/kit/mapping/omit-empty.ts';
import type { Connection, Site } from '../../../event/site.ts';
import type { Offset } from '../../../storage/log/event-log.ts';
import { formatConsumerId } from '../../../storage/ports/consumer-id.ts';
import type { EventSearch, OutcomeFilter } from '../../../storage/ports/event-index.ts';
import { isSentOutcome } from '../../../storage/ports/outcomes.ts';
import type { AccuracyReader } from '../../accuracy/accuracy-reader.ts';
import { outcomeNames } from '../../http/outcome-names.ts';
import { filters, type ReadFilters } from '../../http/parameters.ts';
import type { EventSources } from '../outcomes.ts';

/** The outcomes that may have a reason why the platform does not have the event. */
const unsentOutcomes: readonly OutcomeFilter[] = outcomeNames.filter(
  (outcome) => !isSentOutcome(outcome) && outcome !== 'undelivered' && outcome !== 'before-connection',
);

/** The outcomes that events have after the rules. */
const ruledOutcomes: readonly OutcomeFilter[] = outcomeNames.filter(
  (outcome) => !['undelivered', 'before-connection', 'duplicate', 'waiting'].includes(outcome),
);

/** Returns whether any filter is set. */
export function hasFilters(params: ReadFilters): boolean {
  return Object.entries(params).some(([name, value]) => value !== undefined && Object.hasOwn(filters, name));
}

/** Returns the connections whose outcomes the filters consider. */
export function selectConnections(site: Site, { connection }: Pick<ReadFilters, 'connection'>): readonly Connection[] {
  return site.connections.filter(({ id }) => connection === undefined || id === connection);
}

/** The reads of a search, which selects the orders of a gap as the accuracy counts them. */
export interface SearchSources extends EventSources {
  readonly accuracy: AccuracyReader;
}

/** Converts filters to a search of the store. */
export function toEventSearch(
  site: Site,
  params: ReadFilters,
  { accuracy }: Pick<SearchSources, 'accuracy'>,
): Omit<EventSearch, 'limit'> {
  const {
    gap: gaps,
    event: names = gaps && ['Purchase'],
    reporter: reporters,
    consent: consents,
    country: countries,
    has,
    lacks,
    since,
    until,
    text,
    among,
  } = params;
  const { reason: codes, rule: rules } = params;
  const { outcome: any = codes ? unsentOutcomes : rules && ruledOutcomes } = params;
  const consumers = selectConnections(site, params).map(({ id }) => formatConsumerId(site.id, id));
  const outcomes = any && { consumers, any, ...(codes && { codes }), ...(rules && { rules }) };
  const counted = { ...site, connections: selectConnections(site, params) };
  const keep = gaps && ((offsets: readonly Offset[]) => accuracy.selectByGap(counted, gaps, offsets));
  return omitEmpty({ names, reporters, consents, countries, outcomes, has, lacks, since, until, text, keep, among });
}
