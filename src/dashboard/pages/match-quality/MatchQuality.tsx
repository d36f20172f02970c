import { Select } from '@mantine/core';
import { useState } from 'react';
import type { MatchQualityView } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useConnectionNames } from '../../data/use-destination.ts';
import { useRange } from '../../data/use-range.ts';
import { useSite } from '../../data/use-site.ts';
import { QualityTabs } from '../quality/QualityTabs.tsx';
import { ConnectionMatchQuality } from './ConnectionMatchQuality.tsx';
import { PaidClicks } from './clicks/PaidClicks.tsx';
import { PlatformMatches } from './PlatformMatches.tsx';

const everyOne = '';

interface ConnectionsProps {
  readonly views: readonly MatchQualityView[];
  /** Those of the period before. Undefined if it is not compared or not loaded. */
  readonly before: readonly MatchQualityView[] | undefined;
  /** The connection that a person chose. It stays while another range is loaded. */
  readonly chosen: string | undefined;
  readonly onChoose: (connection: string) => void;
}

/** Shows the connections side by side, then one connection or a selection; all keys of all platforms would not fit one page. */
function Connections({ views, before, chosen, onChoose }: ConnectionsProps) {
  const names = useConnectionNames();
  const first = views.find(({ all }) => all.delivered > 0) ?? views[0];
  const shown = chosen ?? (views.length > 2 ? first?.connection : everyOne);
  return (
    <>
      {views.length > 1 && <PlatformMatches views={views} before={before} names={names} />}
      {views.length > 2 && (
        <Select
          label="Connection"
          maw={320}
          data={[
            ...views.map(({ connection }) => ({ value: connection, label: names[connection] ?? connection })),
            { value: everyOne, label: 'All connections' },
          ]}
          value={shown ?? everyOne}
          onChange={(value) => onChoose(value ?? everyOne)}
          allowDeselect={false}
        />
      )}
      {views
        .filter(({ connection }) => shown === everyOne || connection === shown)
        .map((view) => (
          <ConnectionMatchQuality
            key={view.connection}
            view={view}
            name={names[view.connection] ?? view.connection}
            isOneOfSeveral={views.length > 1}
          />
        ))}
    </>
  );
}

/** Shows which match keys the delivered events carried, and how to add more. */
export function MatchQuality() {
  const { id } = useSite();
  const names = useConnectionNames();
  const { firstDay, lastDay, before } = useRange();
  const [chosen, setChosen] = useState<string>();
  const answer = useApiQuery(
    'GET /api/sites/:site/match-quality',
    { site: id, since: firstDay, until: lastDay },
    { everyMs: 60_000, keepsPrevious: true },
  );
  const earlier = useApiQuery(
    'GET /api/sites/:site/match-quality',
    { site: id, since: before?.firstDay ?? firstDay, until: before?.lastDay ?? lastDay },
    { enabled: before !== undefined },
  );
  return (
    <Page
      title="Match quality"
      description="The share of delivered events with each match key. A platform needs one to connect a conversion with an ad."
    >
      <QualityTabs />
      <QueryState query={answer} height={480}>
        {(connections) =>
          connections.length === 0 ? (
            <Panel>
              <EmptyState icon="target" title="No connections yet">
                <RouterAnchor to="/sites/$site/destinations/new" params={{ site: id }}>
                  Add a connection
                </RouterAnchor>{' '}
                to see the match keys of its events here.
              </EmptyState>
            </Panel>
          ) : (
            <>
              <Connections views={connections} before={before && earlier.data} chosen={chosen} onChoose={setChosen} />
              <PaidClicks site={id} names={names} />
            </>
          )
        }
      </QueryState>
    </Page>
  );
}
