import { Button, Group } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { Icon } from '../../../components/display/Icon.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useSingleKeyShortcuts } from '../../../data/use-single-key-shortcuts.ts';
import { type EventSearch, toApiFilters } from '../filters/event-search.ts';

interface EventNeighboursProps {
  readonly site: string;
  readonly offset: string;
  /** The filters of the list from which the event was opened. */
  readonly search: EventSearch;
}

/** Leads to the newer and the older event of the list: with buttons, and with K and J unless the user turned them off. */
export function EventNeighbours({ site, offset, search }: EventNeighboursProps) {
  const navigate = useNavigate();
  const { data } = useApiQuery('GET /api/sites/:site/events/neighbours', { site, offset, ...toApiFilters(search) });
  const open = (neighbour: { readonly id: string } | undefined) =>
    neighbour && void navigate({ to: '/sites/$site/events/$event', params: { site, event: neighbour.id }, search });
  const { areOn } = useSingleKeyShortcuts();
  useHotkeys(
    areOn
      ? [
          ['k', () => open(data?.newer)],
          ['j', () => open(data?.older)],
        ]
      : [],
  );
  return (
    <Group gap={4}>
      <Button
        variant="default"
        size="xs"
        {...(areOn && { 'aria-keyshortcuts': 'K' })}
        title={areOn ? 'Newer event (K)' : 'Newer event'}
        disabled={!data?.newer}
        leftSection={<Icon name="left" size={14} />}
        onClick={() => open(data?.newer)}
      >
        Newer
      </Button>
      <Button
        variant="default"
        size="xs"
        {...(areOn && { 'aria-keyshortcuts': 'J' })}
        title={areOn ? 'Older event (J)' : 'Older event'}
        disabled={!data?.older}
        rightSection={<Icon name="right" size={14} />}
        onClick={() => open(data?.older)}
      >
        Older
      </Button>
    </Group>
  );
}
