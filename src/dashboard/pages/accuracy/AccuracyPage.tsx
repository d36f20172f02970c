import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { ConnectionAccuracy } from './ConnectionAccuracy.tsx';

/** Compares the shop's orders with the purchases that each platform accepted. */
export function AccuracyPage() {
  const { id } = useSite();
  const answer = useApiQuery('GET /api/sites/:site/accuracy', { site: id }, { everyMs: 30_000, keepsPrevious: true });
  return (
    <Page
      title="Accuracy"
      description="Every order that the shop reported, and whether the platform accepted it. Each missing order has a reason."
    >
      <QueryState query={answer} height={480}>
        {(view) =>
          view.connections.length === 0 ? (
            <Panel>
              <EmptyState icon="scale" title="No enabled destination">
                <RouterAnchor to="/sites/$site/destinations/new" params={{ site: id }}>
                  Add a destination
                </RouterAnchor>{' '}
                or enable one. Its accepted orders will be compared with the shop's here. Destinations whose platform counts
                nothing are left out.
              </EmptyState>
            </Panel>
          ) : (
            view.connections.map((one) => <ConnectionAccuracy key={one.connection} view={view} accuracy={one} />)
          )
        }
      </QueryState>
    </Page>
  );
}
