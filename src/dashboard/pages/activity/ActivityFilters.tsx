import { Box, Button, Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { gatewayClock } from '../../data/gateway-clock.ts';
import { useOwnedSites } from '../../data/queries.ts';
import styles from './Activity.module.css';
import { type ActivitySearch, parseActivitySearch, periods, subjects, toSince } from './activity-search.ts';

interface ActivityFiltersProps {
  readonly search: ActivitySearch;
  /** The actors of the filter, with their names. */
  readonly actors: readonly { readonly value: string; readonly label: string }[];
}

/** The filters of the activity. They are part of the URL, so that it can be shared. */
export function ActivityFilters({ search, actors }: ActivityFiltersProps) {
  const navigate = useNavigate();
  const { owned } = useOwnedSites();
  const set = (changed: Readonly<Record<string, unknown>>) =>
    void navigate({ to: '/activity', search: parseActivitySearch({ ...search, ...changed }), replace: true, resetScroll: false });
  const period =
    search.since === undefined ? null : (periods.find(({ value }) => isSince(value, search.since))?.value ?? 'other');
  return (
    <Box component="search" aria-label="Filters" className={styles.filters ?? ''}>
      <Select
        label="Period"
        placeholder="400 days"
        data={[...periods, ...(period === 'other' ? [{ value: 'other', label: 'From a time' }] : [])]}
        value={period}
        onChange={(value) => set({ since: value === null || value === 'other' ? undefined : toSince(value, gatewayClock.now()) })}
        clearable
      />
      <Select
        label="Subject"
        placeholder="Any"
        data={[...subjects]}
        value={search.subject ?? null}
        onChange={(subject) => set({ subject: subject ?? undefined })}
        clearable
      />
      <Select
        label="Site"
        placeholder="Any"
        data={owned.map(({ id, name }) => ({ value: id, label: name }))}
        value={search.site ?? null}
        onChange={(site) => set({ site: site ?? undefined })}
        clearable
        searchable={owned.length > 8}
      />
      <Select
        label="Actor"
        placeholder="Any"
        data={[...actors]}
        value={search.actor ?? null}
        onChange={(actor) => set({ actor: actor ?? undefined })}
        clearable
        searchable={actors.length > 8}
      />
      {Object.keys(search).length > 0 && (
        <Button variant="subtle" px="xs" onClick={() => void navigate({ to: '/activity', search: {}, replace: true })}>
          Clear
        </Button>
      )}
    </Box>
  );
}

/** A URL of the last hours keeps its period. */
function isSince(hours: string, since: number | undefined): boolean {
  return since !== undefined && Math.abs(toSince(hours, gatewayClock.now()) - since) < 12 * 3_600_000;
}
