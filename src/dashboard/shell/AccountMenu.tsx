import { Button, Menu, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Icon } from '../components/display/Icon.tsx';
import { ConfirmDialog } from '../components/feedback/ConfirmDialog.tsx';
import { sessionApi } from '../data/api-client.ts';
import { setCurrentUser, useCurrentUser, useOwnedSites } from '../data/queries.ts';

/** Shows the signed-in account and its menu. */
export function AccountMenu() {
  const { data: me } = useCurrentUser();
  const { isOwner, isOwnerOfAll } = useOwnedSites();
  const signOut = async (where: 'here' | 'everywhere') => {
    await sessionApi.signOut(where).catch(() => undefined);
    setCurrentUser(null);
  };
  const [isAsking, setIsAsking] = useState(false);
  if (!me) return null;
  return (
    <>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title="Sign out everywhere?"
        label="Sign out everywhere"
        onConfirm={() => void signOut('everywhere')}
      >
        Every session of {me.name} ends, in this browser and in all others. To go on, sign in again on each device.
      </ConfirmDialog>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            c="inherit"
            px="xs"
            leftSection={<Icon name="person" />}
            rightSection={<Icon name="down" size={14} />}
          >
            <Text span truncate className="account-name" size="sm" title={me.name}>
              {me.name}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{me.name}</Menu.Label>
          <Menu.Item component={Link} to="/account" leftSection={<Icon name="person" />}>
            Your account
          </Menu.Item>
          {isOwner && (
            <Menu.Item component={Link} to="/accounts" leftSection={<Icon name="people" />}>
              {isOwnerOfAll ? 'Accounts' : 'Invitations'}
            </Menu.Item>
          )}
          <Menu.Item component="a" href="/api" target="_blank" leftSection={<Icon name="code" />}>
            API reference
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={() => void signOut('here')} leftSection={<Icon name="leave" />}>
            Sign out
          </Menu.Item>
          <Menu.Item onClick={() => setIsAsking(true)} leftSection={<Icon name="leave" />}>
            Sign out everywhere
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
