import { Alert, Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useApiQuery, useCurrentUser, useIsOwner } from '../../data/queries.ts';
import { AccountDialog } from './AccountDialog.tsx';
import { AccountRow } from './AccountRow.tsx';
import type { AccountAction } from './account-action.ts';

export function Accounts() {
  const isOwner = useIsOwner();
  const { data: me } = useCurrentUser();
  const [action, setAction] = useState<AccountAction>();
  const accounts = useApiQuery('GET /api/accounts', {}, { enabled: isOwner });
  if (!isOwner)
    return (
      <Page title="Accounts">
        <Alert color="gray" variant="light" icon={<Icon name="lock" />} title="Only owners can see accounts">
          You are a viewer. To sign out, use the menu at the top right.
        </Alert>
      </Page>
    );
  return (
    <Page
      title="Accounts"
      description="People who can sign in to this dashboard. Owners can change everything. Viewers can see everything except accounts."
      actions={
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAction({ kind: 'add' })}>
          Add account
        </Button>
      }
    >
      <Panel>
        <QueryState query={accounts} height={64}>
          {(all) => (
            <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
              {all.map((account) => (
                <AccountRow key={account.name} account={account} isSelf={account.name === me?.name} onAction={setAction} />
              ))}
            </Stack>
          )}
        </QueryState>
      </Panel>
      <AccountDialog action={action} onClose={() => setAction(undefined)} />
    </Page>
  );
}
