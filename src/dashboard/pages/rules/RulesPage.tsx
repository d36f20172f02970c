import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { useSite } from '../../data/use-site.ts';
import { RuleLists } from './RuleLists.tsx';

/** Edits the rules of a site and of its connections. */
export function RulesPage() {
  const { id: site } = useSite();
  const rules = useApiQuery('GET /api/sites/:site/rules', { site });
  return (
    <Page
      title="Rules"
      description="Skip events, rename them, change their value, or add further events. Rules apply in their order: first those of the site, then those of the connection."
    >
      <QueryState query={rules} height={320}>
        {(view) => <RuleLists key={site} site={site} view={view} />}
      </QueryState>
    </Page>
  );
}
