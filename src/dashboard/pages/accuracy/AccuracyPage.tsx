import { Empty } from '../../components/feedback/EmptyState.tsx';
import { Loaded } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { AnchorTo } from '../../components/layout/router-links.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { OfConnection } from './ConnectionAccuracy.tsx';

/** The shop's orders against what each platform accepted of them. */
export function AccuracyPage() {
  const { id } = useSite();
  const answer = useApiQuery('GET /api/sites/:site/accuracy', { site: id }, { everyMs: 30_000, keepsPrevious: true });
  return (
    <Page
      title="Accuracy"
      says="Every order that the shop told, and whether the platform accepted it. What it did not accept has a reason."
    >
      <Loaded query={answer} height={480}>
        {(view) =>
          view.connections.length === 0 ? (
            <Panel>
              <Empty icon="scale" title="No destination is switched on">
                <AnchorTo to="/sites/$site/destinations/new" params={{ site: id }}>
                  Add a destination
                </AnchorTo>
                , or switch one on: the shop's orders are held against what it accepts.
              </Empty>
            </Panel>
          ) : (
            view.connections.map((one) => <OfConnection key={one.connection} view={view} of={one} />)
          )
        }
      </Loaded>
    </Page>
  );
}
