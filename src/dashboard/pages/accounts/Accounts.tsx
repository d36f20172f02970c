import { Alert, Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery, useCurrentUser, useHasRole } from '../../data/queries.ts';
import { AccountDialog } from './AccountDialog.tsx';
import { AccountRow } from './AccountRow.tsx';
import type { AccountAction } from './account-action.ts';
import { Invitations } from './Invitations.tsx';

export function Accounts() {
  const isOwner = useHasRole('owner');
  const { data: me } = useCurrentUser();
  const [action, setAction] = useState<AccountAction>();
  const accounts = useApiQuery('GET /api/accounts', {}, { enabled: isOwner });
  if (!isOwner)
    return (
      <Page title="Accounts">
        <Alert color="gray" variant="light" icon={<Icon name="lock" />} title="Only owners can manage accounts">
          You can change your password on the page of{' '}
          <RouterAnchor to="/account" inherit>
            your account
          </RouterAnchor>
          .
        </Alert>
      </Page>
    );
  return (
    <Page
      title="Accounts"
      description="People who can sign in to this dashboard, and what they can do."
      actions={
        <>
          <Button variant="default" onClick={() => setAction({ kind: 'add' })}>
            Add account
          </Button>
          <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAction({ kind: 'invite' })}>
            Invite person
          </Button>
        </>
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
      <Invitations />
      <AccountDialog action={action} onClose={() => setAction(undefined)} />
    </Page>
  );
}
