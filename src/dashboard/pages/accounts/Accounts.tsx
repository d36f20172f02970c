import { Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { LockedNotice } from '../../components/feedback/LockedNotice.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Page } from '../../components/layout/Page.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { useApiQuery, useCurrentUser, useOwnedSites } from '../../data/queries.ts';
import { AccountDialog } from './AccountDialog.tsx';
import { AccountRow } from './AccountRow.tsx';
import type { AccountAction } from './account-action.ts';
import { Invitations } from './Invitations.tsx';

export function Accounts() {
  const { isOwner, isOwnerOfAll } = useOwnedSites();
  const { data: me } = useCurrentUser();
  const [action, setAction] = useState<AccountAction>();
  const accounts = useApiQuery('GET /api/accounts', {}, { enabled: isOwnerOfAll });
  if (!isOwner)
    return (
      <Page title="Accounts">
        <LockedNotice title="Only owners can manage accounts">
          You can change your password on the page of{' '}
          <RouterAnchor to="/account" inherit>
            your account
          </RouterAnchor>
          .
        </LockedNotice>
      </Page>
    );
  const invite = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAction({ kind: 'invite' })}>
      Invite person
    </Button>
  );
  const dialog = <AccountDialog action={action} onClose={() => setAction(undefined)} />;
  if (!isOwnerOfAll)
    return (
      <Page title="Invitations" description="Invite people to the sites that you own." actions={invite}>
        <Invitations isOnlyContent />
        {dialog}
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
          {invite}
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
      {dialog}
    </Page>
  );
}
