import { Button, Stack, Text } from '@mantine/core';
import type { PaidClicksView } from '../../../../api/client.ts';
import { TimeChart } from '../../../components/charts/TimeChart.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { EmptyState } from '../../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { PlatformFailure } from '../../../components/feedback/PlatformFailure.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { CampaignTable, PageTable } from './ClickTables.tsx';
import { toClicksChart } from './clicks-chart.ts';

const route = 'GET /api/sites/:site/paid-clicks';
const everyMs = 60_000;
/** While a report is awaited. */
const awaitingMs = 15_000;

interface PaidClicksProps {
  readonly site: string;
  readonly names: Readonly<Record<string, string>>;
}

/** Shows the paid clicks of connected accounts beside the captured ones; nothing for platforms without such a report. */
export function PaidClicks({ site, names }: PaidClicksProps) {
  const clicks = useApiQuery(
    route,
    { site },
    { everyMs: (views) => (views?.some(({ requestedAt }) => requestedAt !== undefined) ? awaitingMs : everyMs) },
  );
  return (
    <QueryState query={clicks}>
      {(views) =>
        views.map((view) => (
          <ConnectionClicks
            key={view.connection}
            view={view}
            title={views.length > 1 ? `Paid clicks: ${names[view.connection] ?? view.connection}` : 'Paid clicks'}
          />
        ))
      }
    </QueryState>
  );
}

interface ConnectionClicksProps {
  readonly view: PaidClicksView;
  readonly title: string;
}

function ConnectionClicks({ view, title }: ConnectionClicksProps) {
  const { site, connection, state, checkedAt, requestedAt } = view;
  const check = useApiMutation(
    () => callApi('POST /api/sites/:site/connections/:connection/paid-clicks/check', { site, connection }),
    { refreshes: [route] },
  );
  return (
    <Panel
      title={title}
      description="The clicks that the platform charged, and how many of them arrived with their click id: the last 28 days, whichever range is chosen."
      actions={
        state !== 'not-connected' && (
          <RoleOnly needs="editor">
            {(isPermitted) => (
              <Button
                size="xs"
                variant="default"
                loading={check.isPending}
                disabled={!isPermitted || requestedAt !== undefined}
                onClick={() => check.mutate(undefined)}
              >
                Compare now
              </Button>
            )}
          </RoleOnly>
        )
      }
    >
      <Stack gap="md">
        {check.error && <ErrorAlert error={check.error} />}
        {view.failure && (
          <PlatformFailure
            title={view.failure.kind === 'not-reached' ? 'The platform was not reached' : 'The platform gave no report'}
            {...view.failure}
          />
        )}
        <Result view={view} />
        {(checkedAt !== undefined || requestedAt !== undefined) && (
          <Text size="sm" c="dimmed" role="status">
            {checkedAt !== undefined && (
              <>
                Compared <Timestamp at={checkedAt} as="ago" />.{' '}
              </>
            )}
            {requestedAt !== undefined && (
              <>
                A report was requested <Timestamp at={requestedAt} as="ago" />, and is read once the platform has made it.
              </>
            )}
          </Text>
        )}
      </Stack>
    </Panel>
  );
}

function Result({ view }: { readonly view: PaidClicksView }) {
  const { site, connection, state, summary, notes } = view;
  if (state === 'not-connected')
    return (
      <EmptyState icon="target" title="No account connected">
        {summary}{' '}
        <RouterAnchor
          to="/sites/$site/destinations/$connection"
          params={{ site, connection }}
          search={{ tab: 'settings' }}
          inherit
        >
          Open the settings
        </RouterAnchor>
      </EmptyState>
    );
  if (state === 'waiting' || state === 'failed') return <Text size="sm">{summary}</Text>;
  return (
    <>
      <Text fw={600}>{summary}</Text>
      {state !== 'none' && <TimeChart data={toClicksChart(view)} height={180} />}
      {state === 'compared' && (
        <>
          <CampaignTable view={view} />
          <PageTable view={view} />
        </>
      )}
      <details>
        <Text component="summary" size="sm" style={{ cursor: 'pointer' }}>
          Limits of the comparison
        </Text>
        <Stack component="ul" gap={4} mt="xs" mb={0} pl="md">
          {notes.map((note) => (
            <Text key={note} component="li" size="sm" c="dimmed" maw="75ch">
              {note}
            </Text>
          ))}
        </Stack>
      </details>
    </>
  );
}
