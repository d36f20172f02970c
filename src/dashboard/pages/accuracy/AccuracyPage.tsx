import type { AccuracyView } from '../../../api/client.ts';
import { formatSiteDays } from '../../components/display/format.ts';
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
import { ConnectionAccuracy } from './ConnectionAccuracy.tsx';
import { NoOrders } from './NoOrders.tsx';
import { PlatformAccuracy } from './PlatformAccuracy.tsx';

interface ConnectionsProps {
  readonly view: AccuracyView;
  /** The same for the period before. Undefined if it is not compared or not loaded. */
  readonly before: AccuracyView | undefined;
}

/** Shows the connections side by side, or one panel if there is nothing to compare. */
function Connections({ view, before }: ConnectionsProps) {
  const names = useConnectionNames();
  const hasContent = (one: AccuracyView['connections'][number]) => one.orders > 0 || one.alert.state === 'under';
  if (view.connections.length > 1 && !view.connections.some(hasContent))
    return (
      <Panel title="All connections" description={formatSiteDays(view.since, view.until, view.timeZone)}>
        <NoOrders site={view.site} hasWebhooks={view.hasWebhooks} until={view.until} />
      </Panel>
    );
  if (view.connections.length > 1) return <PlatformAccuracy view={view} before={before} names={names} />;
  return view.connections.map((one) => (
    <ConnectionAccuracy key={one.connection} name={names[one.connection] ?? one.connection} view={view} accuracy={one} />
  ));
}

/** Compares the shop's orders with the purchases that each platform accepted. */
export function AccuracyPage() {
  const { id } = useSite();
  const { firstDay, lastDay, before } = useRange();
  const answer = useApiQuery(
    'GET /api/sites/:site/accuracy',
    { site: id, since: firstDay, until: lastDay },
    { everyMs: 30_000, keepsPrevious: true },
  );
  const earlier = useApiQuery(
    'GET /api/sites/:site/accuracy',
    { site: id, since: before?.firstDay ?? firstDay, until: before?.lastDay ?? lastDay },
    { enabled: before !== undefined },
  );
  return (
    <Page
      title="Accuracy"
      description="Compares the orders of your shop with the purchases that each platform accepted. Every missing order has a reason."
    >
      <QualityTabs />
      <QueryState query={answer} height={480}>
        {(view) =>
          view.connections.length === 0 ? (
            <Panel>
              <EmptyState icon="scale" title="No enabled connection">
                <RouterAnchor to="/sites/$site/destinations/new" params={{ site: id }}>
                  Add a connection
                </RouterAnchor>{' '}
                or enable one to compare its orders with those of your shop. Connections in test mode are left out.
              </EmptyState>
            </Panel>
          ) : (
            <Connections view={view} before={before && earlier.data} />
          )
        }
      </QueryState>
    </Page>
  );
}
