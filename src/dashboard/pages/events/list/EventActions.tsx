import { Button, Group } from '@mantine/core';
import { Icon } from '../../../components/display/Icon.tsx';
import { DebugPage } from '../../../components/layout/DebugPage.tsx';
import { formatSearch } from '../../../data/search-params.ts';
import { useRange } from '../../../data/use-range.ts';
import { useSite } from '../../../data/use-site.ts';
import { type EventSearch, toApiFilters } from '../filters/event-search.ts';
import { RetryEvents } from './RetryEvents.tsx';
import { SavedViews } from './SavedViews.tsx';

/** Saves the filters, exports the events that match, and retries those of them that failed. */
export function EventActions({ search }: { readonly search: EventSearch }) {
  const { id: site } = useSite();
  const range = useRange();
  return (
    <Group gap="xs" mb="sm">
      <SavedViews search={search} />
      <Button
        component="a"
        href={`/api/sites/${encodeURIComponent(site)}/events.csv${formatSearch({ ...toApiFilters(search, range) })}`}
        download={`${site}-events.csv`}
        variant="default"
        size="xs"
        leftSection={<Icon name="save" size={14} />}
      >
        Export CSV
      </Button>
      <RetryEvents search={search} />
      <DebugPage />
    </Group>
  );
}
