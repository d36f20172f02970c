import { Box, Button, Select } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useOwnedSites } from '../../data/queries.ts';
import { listSiteChoices } from '../../data/site-choices.ts';
import styles from './Activity.module.css';
import { type ActivitySearch, parseActivitySearch, subjects } from './activity-search.ts';

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
  return (
    <Box component="search" aria-label="Filters" className={styles.filters ?? ''}>
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
        data={listSiteChoices(owned, search.site)}
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
