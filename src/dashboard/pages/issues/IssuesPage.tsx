import { Badge, Select, Stack, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReportedIssue } from '../../../api/client.ts';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { LoadingState, QueryState } from '../../components/feedback/QueryState.tsx';
import { IssueRows } from '../../components/layout/IssueRows.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterButton } from '../../components/layout/router-links.tsx';
import { isAwaited } from '../../data/load-state.ts';
import { useApiQuery, useSites } from '../../data/queries.ts';
import { listSiteChoices } from '../../data/site-choices.ts';
import { useIssues } from '../../data/use-issues.ts';
import { IssueDetails } from './IssueDetails.tsx';
import { issueStates } from './issue-search.ts';

const labels = { open: 'Open', acknowledged: 'Acknowledged', snoozed: 'Snoozed', resolved: 'Resolved' } as const;
const emptyTexts = {
  open: ['No open issues', 'Convey looks at the present state whenever this page is loaded, and every minute.'],
  acknowledged: ['No acknowledged issues', 'An acknowledged issue stays here until it ends or worsens.'],
  snoozed: ['No snoozed issues', 'A snoozed issue stays here until its time is over, it ends or it worsens.'],
  resolved: ['No resolved issues', 'Issues that ended stay here for 400 days.'],
} as const;

/** The issues that the gateway reports, by state. */
export function IssuesPage() {
  const { state = 'open', site, issue } = useSearch({ from: '/signed-in/shell/issues' });
  const navigate = useNavigate({ from: '/issues' });
  const siteList = useSites();
  const { data: sites = [] } = siteList;
  const present = useIssues();
  const ended = useApiQuery('GET /api/issues', { state: 'resolved' }, { enabled: state === 'resolved', everyMs: 30_000 });
  const query = state === 'resolved' ? ended : present;
  const select = (issues: readonly ReportedIssue[], wanted: ReportedIssue['state']) =>
    issues.filter((one) => one.state === wanted && (site === undefined || one.site === site));
  if (issue !== undefined) return <IssueDetails id={issue} />;
  return (
    <Page
      title="Issues"
      description="Problems that cost events or money, or need a person. The worst comes first."
      actions={
        <RouterButton to="/alerts" variant="default">
          Alert settings
        </RouterButton>
      }
    >
      <Tabs
        value={state}
        onChange={(next) =>
          void navigate({ search: (before) => ({ ...before, state: issueStates.find((one) => one === next) ?? 'open' }) })
        }
      >
        <Tabs.List>
          {issueStates.map((one) => (
            <Tabs.Tab
              key={one}
              value={one}
              rightSection={
                one !== 'resolved' && (
                  <Badge color="gray" size="sm" {...(!present.data && { style: { visibility: 'hidden' } })}>
                    {select(present.data ?? [], one).length}
                  </Badge>
                )
              }
            >
              {labels[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {isAwaited(siteList) ? (
        <LoadingState height={240} />
      ) : (
        <Panel
          title={`${labels[state]} issues`}
          actions={
            (sites.length > 1 || site !== undefined) && (
              <Select
                aria-label="Site"
                placeholder="All sites"
                clearable
                searchable={sites.length > 8}
                data={listSiteChoices(sites, site)}
                value={site ?? null}
                onChange={(id) =>
                  void navigate({ search: ({ site: _, ...before }) => ({ ...before, ...(id !== null && { site: id }) }) })
                }
              />
            )
          }
        >
          <QueryState query={query}>
            {(all) => {
              const shown = select(all, state);
              const [title, text] = emptyTexts[state];
              return shown.length === 0 ? (
                <EmptyState icon="check" title={title}>
                  {text}
                </EmptyState>
              ) : (
                <Stack>
                  <IssueRows issues={shown} hasSites={sites.length > 1} />
                </Stack>
              );
            }}
          </QueryState>
        </Panel>
      )}
    </Page>
  );
}
