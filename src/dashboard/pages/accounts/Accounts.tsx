import { ActionIcon, Alert, Badge, Button, Group, Menu, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { AnswerOf } from '../../../api/client.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Loaded } from '../../parts/Loaded.tsx';
import { Page } from '../../parts/Page.tsx';
import { Panel } from '../../parts/Panel.tsx';
import { When } from '../../parts/When.tsx';
import { useAsked, useIsOwner, useMe } from '../../queries.ts';
import { AccountDialog, type Asked } from './AccountDialog.tsx';

type Account = AnswerOf<'GET /api/accounts'>[number];

/** Who may sign in here. */
export function Accounts() {
  const isOwner = useIsOwner();
  const [asked, setAsked] = useState<Asked>();
  const accounts = useAsked('GET /api/accounts', {}, { enabled: isOwner });
  if (!isOwner)
    return (
      <Page title="Accounts">
        <Alert color="gray" variant="light" icon={<Icon name="lock" />} title="Only an owner sees the accounts">
          You are a viewer. Your own name and the way out are at the top right.
        </Alert>
      </Page>
    );
  return (
    <Page
      title="Accounts"
      says="Who may sign in to this dashboard. An owner may do everything, a viewer may look at everything but the accounts."
      actions={
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAsked({ what: 'add' })}>
          Add an account
        </Button>
      }
    >
      <Panel>
        <Loaded query={accounts} height={160}>
          {(all) => <List accounts={all} onAsk={setAsked} />}
        </Loaded>
      </Panel>
      <AccountDialog asked={asked} onClose={() => setAsked(undefined)} />
    </Page>
  );
}

function List({ accounts, onAsk }: { readonly accounts: readonly Account[]; readonly onAsk: (asked: Asked) => void }) {
  const { data: me } = useMe();
  return (
    <Table verticalSpacing="sm" layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th w={110}>Role</Table.Th>
          <Table.Th visibleFrom="sm">Since</Table.Th>
          <Table.Th w={56}>
            <span className="unseen">What can be done</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {accounts.map((account) => (
          <Table.Tr key={account.name}>
            <Table.Th scope="row" fw={600}>
              <Group gap="xs">
                <Text span fw={600} size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {account.name}
                </Text>
                {account.name === me?.name && <Badge>You</Badge>}
              </Group>
            </Table.Th>
            <Table.Td>{account.role === 'owner' ? 'Owner' : 'Viewer'}</Table.Td>
            <Table.Td visibleFrom="sm">
              <When at={account.createdAt} />
            </Table.Td>
            <Table.Td>
              <Choices account={account} isSelf={account.name === me?.name} onAsk={onAsk} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface ChoicesProps {
  readonly account: Account;
  readonly isSelf: boolean;
  readonly onAsk: (asked: Asked) => void;
}

function Choices({ account: { name, role }, isSelf, onAsk }: ChoicesProps) {
  const to = role === 'owner' ? 'viewer' : 'owner';
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={`Change ${name}`}>
          <Icon name="gear" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Icon name="people" size={16} />} onClick={() => onAsk({ what: 'role', name, isSelf, role: to })}>
          {to === 'owner' ? 'Make an owner' : 'Make a viewer'}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="key" size={16} />} onClick={() => onAsk({ what: 'password', name, isSelf })}>
          Set a password
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<Icon name="trash" size={16} />}
          onClick={() => onAsk({ what: 'remove', name, isSelf })}
        >
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
