import { Text } from '@mantine/core';
import { useState } from 'react';
import { formatCompact, formatInteger } from '../../../components/display/format.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useRange } from '../../../data/use-range.ts';
import { useSite } from '../../../data/use-site.ts';
import { type EventSearch, toApiFilters } from './event-search.ts';
import styles from './Facets.module.css';
import { type Facet, type FacetName, listFacets, toggleValue } from './facet-list.ts';

const refreshMs = 30_000;
const shownValues = 6;

interface FacetsProps {
  readonly search: EventSearch;
  readonly onChange: (search: Readonly<Record<string, unknown>>) => void;
}

/** The values by which the events can be filtered, with the number of events of each. */
export function Facets({ search, onChange }: FacetsProps) {
  const { id: site } = useSite();
  const names = useConnectionNames();
  const range = useRange();
  const query = useApiQuery(
    'GET /api/sites/:site/events/facets',
    { site, ...toApiFilters(search, range) },
    { keepsPrevious: true, everyMs: refreshMs },
  );
  // While other counts are loaded, the values stay, without the counts of the filters before.
  const [known, setKnown] = useState(query.data);
  if (query.data && query.data !== known) setKnown(query.data);
  const isLoading = query.isPending && known !== undefined;
  const facets = listFacets(query.data ?? known, search, names);
  const limits = query.data && describeLimits(query.data);
  return (
    <section className={styles.facets} aria-label="Filter by value">
      {query.error && query.data === undefined && <ErrorAlert error={query.error} onRetry={query.refetch} />}
      {facets.map((facet) => (
        <FacetGroup
          key={facet.name}
          facet={facet}
          isLoading={isLoading}
          onToggle={(name, value) => onChange(toggleValue(search, name, value))}
        />
      ))}
      {limits && (
        <Text size="xs" c="dimmed">
          {limits}
        </Text>
      )}
    </section>
  );
}

function describeLimits({
  isComplete,
  searched,
  outcomesOf,
  areOutcomesComplete,
}: {
  readonly isComplete: boolean;
  readonly searched: number;
  readonly outcomesOf: number;
  readonly areOutcomesComplete: boolean;
}): string | undefined {
  const sentences = [
    ...(isComplete ? [] : [`Counts are of the newest ${formatInteger(searched)} events.`]),
    ...(areOutcomesComplete
      ? []
      : [`Platforms, outcomes and reasons are of the newest ${formatInteger(outcomesOf)} that match.`]),
  ];
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

function FacetGroup({
  facet: { name, label, values },
  isLoading,
  onToggle,
}: {
  readonly facet: Facet;
  /** Whether other counts are being loaded. The buttons are not disabled by the browser, so that the focus stays. */
  readonly isLoading: boolean;
  readonly onToggle: (name: FacetName, value: string) => void;
}) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? values : values.filter(({ isChosen }, nth) => isChosen || nth < shownValues);
  const hidden = values.length - shown.length;
  return (
    <fieldset className={styles.group}>
      <legend className={styles.heading}>{label}</legend>
      {shown.map(({ value, label: text, events, isChosen, title = text, code }) => (
        <button
          key={value}
          type="button"
          className={styles.value}
          aria-pressed={isChosen}
          aria-disabled={isLoading}
          onClick={() => isLoading || onToggle(name, value)}
        >
          <span className={styles.label} title={title}>
            {text}
            {code !== undefined && <span className={styles.code}> {code}</span>}
          </span>
          <span className={styles.count}>{events === undefined || isLoading ? '' : formatCompact(events)}</span>
        </button>
      ))}
      {(hidden > 0 || isWhole) && (
        <button type="button" className={styles.more} aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show ${hidden} more`}
          <span className="unseen"> of {label}</span>
        </button>
      )}
    </fieldset>
  );
}
