import { Stack } from '@mantine/core';
import { ConfigFileNotice, LockedNotice } from '../../components/feedback/LockedNotice.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { AlertSettingsForm } from './AlertSettingsForm.tsx';
import { Channels } from './Channels.tsx';
import { MessageList } from './MessageList.tsx';
import { MutedConnections } from './MutedConnections.tsx';

/** The channels, the rules and the messages of alerts. */
export function AlertsPage() {
  const alerts = useApiQuery('GET /api/alerts', {}, { everyMs: 15_000 });
  return (
    <Page title="Alert settings" description="The channels that report issues, the rules, and the messages.">
      <QueryState query={alerts}>
        {(view) => (
          <Stack gap="lg">
            <MutedConnections view={view} />
            {view.settings === undefined ? (
              <LockedNotice title="Channels and rules are not shown">
                Only accounts with a role on all sites can see them.
              </LockedNotice>
            ) : (
              <>
                {view.settings.origin === 'file' && <ConfigFileNotice subject="channels, rules and digest" entry="`alerts`" />}
                <Channels view={view} settings={view.settings} />
                <AlertSettingsForm view={view} settings={view.settings} />
                <MessageList messages={view.messages} />
              </>
            )}
          </Stack>
        )}
      </QueryState>
    </Page>
  );
}
