import { Alert, Badge, Stack, Text } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import type { ConnectionSettingsView, SiteSettingsView } from '../../../../api/client.ts';
import { formatInteger } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { NotFound } from '../../../components/feedback/ErrorStates.tsx';
import { LoadingState, QueryState } from '../../../components/feedback/QueryState.tsx';
import { Page } from '../../../components/layout/Page.tsx';
import { PageTab, PageTabs } from '../../../components/layout/PageTabs.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useHasRole } from '../../../data/queries.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useIssues } from '../../../data/use-issues.ts';
import { useSite } from '../../../data/use-site.ts';
import { FailedTab } from '../dead-letters/FailedTab.tsx';
import { SettingsTab } from '../settings/SettingsTab.tsx';
import { ActivityTab } from './ActivityTab.tsx';
import { connectionTabs } from './connection-tab.ts';
import { DeliveryStatus } from './DeliveryStatus.tsx';
import { HealthTab } from './HealthTab.tsx';
import { type ConnectionQuery, useConnection } from './use-connection.ts';

const from = '/signed-in/shell/sites/$site/destinations/$connection';

/** The page of one connection: its state and its actions, and below them the parts of the page in tabs. */
export function ConnectionPage() {
  const site = useSite();
  const { connection: id } = useParams({ from });
  const state = useConnection(site.id, id);
  // The state's first button is that of its issue.
  const issues = useIssues();
  const names = useConnectionNames();
  const connection = site.connections.find((one) => one.id === id);
  if (!connection) return <NotFound message="This connection does not exist. It may have been removed." />;
  return (
    <Page
      title={names[id] ?? id}
      description={`${site.id}/${id}, ${connection.origin === 'file' ? 'set in the config file' : 'added in the dashboard'}. ${
        connection.isLive ? 'Live.' : 'Simulator: no live platform receives its events.'
      }`}
    >
      {connection.problem !== undefined && (
        <Alert color="red" icon={<Icon name="warn" />} title="Action needed">
          <InlineCode text={connection.problem} />
        </Alert>
      )}
      {state.query.isPending || issues.isPending ? (
        <LoadingState height={900} />
      ) : (
        <Stack gap="lg" key={id}>
          <QueryState query={state.query}>
            {() => <DeliveryStatus site={site} connection={connection} view={state.view} />}
          </QueryState>
          <ConnectionTabs site={site.id} connection={id} failed={state.view?.deadLetters ?? 0} />
          <OpenTab site={site} connection={connection} state={state} />
        </Stack>
      )}
    </Page>
  );
}

interface ConnectionTabsProps {
  readonly site: string;
  readonly connection: string;
  /** The number of failed events. */
  readonly failed: number;
}

function ConnectionTabs({ site, connection, failed }: ConnectionTabsProps) {
  const { tab = 'health' } = useSearch({ from });
  const isOwner = useHasRole('owner', site);
  const shown = connectionTabs.filter(({ value }) => value !== 'activity' || isOwner);
  return (
    <PageTabs label="Connection">
      {shown.map(({ value, label }) => (
        <PageTab
          key={value}
          to="/sites/$site/destinations/$connection"
          params={{ site, connection }}
          search={() => ({ ...(value !== 'health' && { tab: value }) })}
          isCurrent={tab === value}
          resetScroll={false}
        >
          {label}
          {value === 'failed' && failed > 0 && (
            <Badge color="red" size="sm" ml={6}>
              {formatInteger(failed)}
            </Badge>
          )}
        </PageTab>
      ))}
    </PageTabs>
  );
}

interface OpenTabProps {
  readonly site: SiteSettingsView;
  readonly connection: ConnectionSettingsView;
  readonly state: ConnectionQuery;
}

/** The open tab. No other tab loads its data. */
function OpenTab({ site, connection, state: { view, query } }: OpenTabProps) {
  const { tab } = useSearch({ from });
  const isOwner = useHasRole('owner', site.id);
  if (tab === 'settings') return <SettingsTab site={site} connection={connection} />;
  if (tab === 'activity' && isOwner) return <ActivityTab key={connection.id} site={site.id} connection={connection.id} />;
  if (tab === 'failed')
    return (
      <QueryState query={query}>
        {() => (view ? <FailedTab site={site.id} connection={connection.id} count={view.deadLetters} /> : <NotRunning />)}
      </QueryState>
    );
  return <HealthTab site={site.id} connection={connection.id} view={view} />;
}

function NotRunning() {
  return (
    <Panel title="Failed events">
      <Text size="sm">This connection is not running, so its failed events cannot be read.</Text>
    </Panel>
  );
}
