import { Code, Stack, Title } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import type { TimelineView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { formatMoney } from '../../../components/display/format.ts';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { goneLabels, isPendingOutcome } from '../event-labels.ts';
import { hasFilters, parseEventSearch } from '../filters/event-search.ts';
import { EventNeighbours } from './EventNeighbours.tsx';
import { EventTimeline } from './EventTimeline.tsx';

/** The page of an event, or of all events with the same id. */
export function EventPage() {
  const { event: id } = useParams({ from: '/signed-in/shell/sites/$site/events/$event' });
  const search = parseEventSearch({ ...useSearch({ from: '/signed-in/shell/sites/$site/events/$event' }) });
  const { id: site } = useSite();
  const query = useApiQuery(
    'GET /api/sites/:site/timelines',
    { site, id },
    { everyMs: (known) => (known?.every(isSettled) ? 10_000 : 2_000) },
  );
  const [first] = query.data ?? [];
  return (
    <Page
      title={first ? formatTitle(first) : 'Event'}
      description={
        <>
          <Code style={{ overflowWrap: 'anywhere' }}>{id}</Code>{' '}
          <RouterAnchor to="/sites/$site/events" params={{ site }} search={search} size="sm">
            {hasFilters(search) ? 'Back to the list' : 'All events'}
          </RouterAnchor>
        </>
      }
      actions={
        query.data &&
        query.data.length > 0 && (
          <>
            {first?.event && <EventNeighbours site={site} offset={first.event.offset} search={search} />}
            <CopyButton label="Copy link" text={window.location.href} />
            <CopyButton label="Copy as JSON" text={JSON.stringify(query.data, null, 2)} />
          </>
        )
      }
    >
      <QueryState query={query} height={640}>
        {(timelines) =>
          timelines.length === 0 ? (
            <NoSuchEvent site={site} />
          ) : (
            <Stack gap="xl">
              {timelines.map((timeline, nth) => (
                <Stack key={timeline.event?.offset ?? nth} gap="sm">
                  {timelines.length > 1 && (
                    <Title order={2}>
                      {nth + 1} of {timelines.length} events with this ID: {formatTitle(timeline)}
                    </Title>
                  )}
                  <EventTimeline
                    timeline={timeline}
                    eventId={id}
                    asked={search.connection}
                    name={timelines.length > 1 ? (timeline.event?.name ?? `${nth + 1}`) : undefined}
                  />
                </Stack>
              ))}
            </Stack>
          )
        }
      </QueryState>
    </Page>
  );
}

function isSettled({ connections }: TimelineView): boolean {
  return connections.every(({ outcome }) => !isPendingOutcome(outcome));
}

function formatTitle({ event, reason = 'erased', record }: TimelineView): string {
  if (!event) return `${record?.name ?? 'Event'}: ${goneLabels[reason].toLowerCase()}`;
  const { value, currency } = event.commerce;
  return value === undefined ? event.name : `${event.name}, ${formatMoney(value, currency)}`;
}

function NoSuchEvent({ site }: { readonly site: string }) {
  return (
    <Panel>
      <EmptyState icon="search" title="No event with this ID">
        It may have expired or been{' '}
        <RouterAnchor to="/sites/$site/events" params={{ site }} search={{ rejected: 'any' }} underline="always">
          rejected
        </RouterAnchor>
        . Rejected events have no page.
      </EmptyState>
    </Panel>
  );
}
