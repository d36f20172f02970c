import type { ReportedIssue } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { IssueRows } from '../../components/layout/IssueRows.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useHasRole } from '../../data/queries.ts';
import { SetupSteps } from './panels/SetupSteps.tsx';

/** Shown if no site exists yet: the steps to the first conversion. */
export function Welcome({ issues }: { readonly issues: readonly ReportedIssue[] }) {
  const isOwner = useHasRole('owner');
  if (!isOwner)
    return (
      <Page title="Welcome to Convey">
        <Panel>
          <EmptyState icon="shop" title="No sites yet">
            Your account can see no site. Ask an owner for access, or to add a site.
          </EmptyState>
        </Panel>
      </Page>
    );
  return (
    <Page title="Welcome to Convey" description="The gateway is running. Add a site to receive events.">
      {issues.length > 0 && (
        <Panel title="Issues">
          <IssueRows issues={issues} hasSites={false} />
        </Panel>
      )}
      <SetupSteps />
    </Page>
  );
}
