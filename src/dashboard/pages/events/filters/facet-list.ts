import type { FacetsView } from '../../../../api/client.ts';
import { firstSentence, formatCountry, removeBackticks } from '../../../components/display/format.ts';
import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import { gapLabels } from '../../accuracy/accuracy-labels.ts';
import { consentLabels, sourceLabels } from '../event-labels.ts';
import type { EventSearch } from './event-search.ts';

export type FacetName =
  | 'connection'
  | 'gap'
  | 'outcome'
  | 'reason'
  | 'rule'
  | 'event'
  | 'country'
  | 'consent'
  | 'reporter'
  | 'rejected';

interface FacetValue {
  readonly value: string;
  readonly label: string;
  /** Undefined if the value was chosen and counts have not arrived, or the value has none. */
  readonly events: number | undefined;
  readonly isChosen: boolean;
  /** The sentences of a reason, whose label is the first of them. */
  readonly title?: string;
  /** The code of a reason. Absent if the label is the code. */
  readonly code?: string;
}

export interface Facet {
  readonly name: FacetName;
  readonly label: string;
  readonly values: readonly FacetValue[];
}

/** Returns the facets in their order, with the chosen values that have no count. Facets without values are left out. */
export function listFacets(
  facets: FacetsView | undefined,
  search: EventSearch,
  connectionNames: Readonly<Record<string, string>>,
): readonly Facet[] {
  const named = (names: Readonly<Record<string, string>>) => (value: string) =>
    (Object.hasOwn(names, value) ? names[value] : undefined) ?? value;
  const facet = (
    name: Exclude<FacetName, 'rejected' | 'gap'>,
    label: string,
    toLabel: (value: string) => string = (value) => value,
  ): Facet => ({ name, label, values: toValues(facets?.[name] ?? [], toList(search[name]), toLabel, facets !== undefined) });
  const rejected = facets?.rejected;
  const rejections = rejected ? [{ value: 'any', events: rejected.events, message: '' }, ...rejected.reasons] : [];
  return [
    facet(
      'connection',
      search.outcome || search.reason || search.rule || search.gap ? 'Platform' : 'Failed at',
      named(connectionNames),
    ),
    {
      name: 'gap' as const,
      label: 'Accuracy',
      // The accuracy counts the others. Several gaps have no count of their own.
      values: (search.gap ?? []).map((value) => ({
        value,
        label: gapLabels[value],
        events: search.gap?.length === 1 ? facets?.events : undefined,
        isChosen: true,
      })),
    },
    facet('outcome', 'Outcome', named(outcomeLabels)),
    facet('reason', 'Reason'),
    facet('rule', 'Rule'),
    facet('event', 'Event'),
    facet('country', 'Country', formatCountry),
    facet('consent', 'Consent', named(consentLabels)),
    facet('reporter', 'Source', named(sourceLabels)),
    {
      name: 'rejected' as const,
      label: 'Rejected',
      values: toValues(
        rejections.filter(({ events }) => events > 0),
        toList(search.rejected),
        (value) => (value === 'any' ? 'All rejected' : value),
        rejected !== undefined,
      ),
    },
  ].filter(({ values }) => values.length > 0);
}

/** Returns the search after a click on a value: it is added, or removed if it was chosen. */
export function toggleValue(search: EventSearch, name: FacetName, value: string): Readonly<Record<string, unknown>> {
  if (name === 'rejected') return { ...search, rejected: search.rejected === value ? undefined : value };
  const others = { ...search, rejected: undefined };
  if (name === 'connection') return { ...others, connection: search.connection === value ? undefined : value };
  const chosen: readonly string[] = search[name] ?? [];
  return { ...others, [name]: chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value] };
}

function toList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function toValues(
  counted: readonly { readonly value: string; readonly events: number; readonly message?: string }[],
  chosen: readonly string[],
  toLabel: (value: string) => string,
  isCounted: boolean,
): readonly FacetValue[] {
  const missing = chosen.filter((value) => !counted.some((one) => one.value === value));
  return [
    ...missing.map((value) => ({ value, label: toLabel(value), events: isCounted ? 0 : undefined, isChosen: true })),
    ...counted.map(({ value, events, message = '' }) => ({
      value,
      label: message === '' ? toLabel(value) : removeBackticks(firstSentence(message)),
      events,
      isChosen: chosen.includes(value),
      ...(message !== '' && { title: removeBackticks(message), code: value }),
    })),
  ];
}
