import { Code, Stack, Title } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import type { TimelineView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Empty } from '../../../components/feedback/EmptyState.tsx';
import { Loaded } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { AnchorTo } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import { isPendingOutcome, money } from '../event-labels.ts';
import { EventStory } from './EventTimeline.tsx';

/** One event, or each that has this id. */
export function EventPage() {
  const { event: id } = useParams({ from: '/signed-in/shell/sites/$site/events/$event' });
  const { id: site } = useSite();
  const query = useApiQuery(
    'GET /api/sites/:site/timelines',
    { site, id },
    { everyMs: (known) => (known?.every(isSettled) ? 10_000 : 2_000) },
  );
  const connections = useApiQuery('GET /api/connections', {}, { everyMs: 10_000 });
  const [only] = query.data ?? [];
  return (
    <Page
      title={only ? titleOf(only) : 'Event'}
      says={
        <>
          <Code style={{ overflowWrap: 'anywhere' }}>{id}</Code>{' '}
          <AnchorTo to="/sites/$site/events" params={{ site }} size="sm">
            All events
          </AnchorTo>
        </>
      }
      actions={
        query.data &&
        query.data.length > 0 && (
          <>
            <CopyButton label="Copy link" text={window.location.href} />
            <CopyButton label="Copy as JSON" text={JSON.stringify(query.data, null, 2)} />
          </>
        )
      }
    >
      <Loaded query={query} height={640}>
        {(timelines) =>
          timelines.length === 0 ? (
            <NoSuchEvent site={site} />
          ) : (
            <Stack gap="xl">
              {timelines.map((timeline, nth) => (
                <Stack key={timeline.event?.offset ?? nth} gap="sm">
                  {timelines.length > 1 && (
                    <Title order={2}>
                      {nth + 1} of {timelines.length} events with this id: {titleOf(timeline)}
                    </Title>
                  )}
                  <EventStory
                    timeline={timeline}
                    eventId={id}
                    connections={connections.data}
                    name={timelines.length > 1 ? (timeline.event?.name ?? `${nth + 1}`) : undefined}
                  />
                </Stack>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

function isSettled({ connections }: TimelineView): boolean {
  return connections.every(({ outcome }) => !isPendingOutcome(outcome));
}

function titleOf({ event }: TimelineView): string {
  if (!event) return 'An erased event';
  const { value, currency } = event.commerce;
  return value === undefined ? event.name : `${event.name}, ${money(value, currency)}`;
}

function NoSuchEvent({ site }: { readonly site: string }) {
  return (
    <Panel>
      <Empty icon="search" title="There is no event with this id">
        It may be too old to be kept, or it was{' '}
        <AnchorTo to="/sites/$site/rejections" params={{ site }} underline="always">
          not accepted
        </AnchorTo>
        : what was refused has no page.
      </Empty>
    </Panel>
  );
}
