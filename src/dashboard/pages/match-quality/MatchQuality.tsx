import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useNow } from '../../components/display/use-now.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { ConnectionMatchQuality } from './ConnectionMatchQuality.tsx';
import { getFirstDay } from './match-quality-labels.ts';

const ranges = [7, 28, 90].map((days) => ({ value: String(days), label: `${days} days` }));

/** Shows which match keys the delivered events carried, and how to add more. */
export function MatchQuality() {
  const { id } = useSite();
  const [days, setDays] = useState('28');
  const since = getFirstDay(Number(days), useNow(600_000));
  const answer = useApiQuery('GET /api/sites/:site/match-quality', { site: id, since }, { everyMs: 60_000, keepsPrevious: true });
  return (
    <Page
      title="Match quality"
      description="Platforms attribute a conversion to an ad only if they can match the event to a person or a click."
      actions={<SegmentedControl aria-label="Time range" data={ranges} value={days} onChange={setDays} />}
    >
      <QueryState query={answer} height={480}>
        {(connections) =>
          connections.length === 0 ? (
            <Panel>
              <EmptyState icon="target" title="No destinations yet">
                <RouterAnchor to="/sites/$site/destinations/new" params={{ site: id }}>
                  Add a destination
                </RouterAnchor>{' '}
                to see the match keys of its events here.
              </EmptyState>
            </Panel>
          ) : (
            connections.map((one) => (
              <ConnectionMatchQuality key={one.connection} view={one} isAlone={connections.length === 1} />
            ))
          )
        }
      </QueryState>
    </Page>
  );
}
