import { Badge, Box, Button, Group, Text } from '@mantine/core';
import type { ApiResponse } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import type { AccountAction } from './account-action.ts';

interface AccountRowProps {
  readonly account: ApiResponse<'GET /api/accounts'>[number];
  readonly isSelf: boolean;
  readonly onAction: (action: AccountAction) => void;
}

/** An account and its actions. */
export function AccountRow({ account: { name, role, createdAt }, isSelf, onAction }: AccountRowProps) {
  const to = role === 'owner' ? 'viewer' : 'owner';
  const changeRole = to === 'owner' ? 'Make owner' : 'Make viewer';
  return (
    <Group component="li" py="sm" justify="space-between" gap="sm" className="row">
      <Box flex="1 1 16rem" miw={0}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          <Badge color={role === 'owner' ? 'jade' : 'gray'}>{role === 'owner' ? 'Owner' : 'Viewer'}</Badge>
          {isSelf && <Badge color="blue">You</Badge>}
        </Group>
        <Text size="xs" c="dimmed">
          Added <Timestamp at={createdAt} />
        </Text>
      </Box>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          aria-label={`${changeRole}: ${name}`}
          onClick={() => onAction({ kind: 'role', name, isSelf, role: to })}
        >
          {changeRole}
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={`Reset password: ${name}`}
          onClick={() => onAction({ kind: 'password', name, isSelf })}
        >
          Reset password
        </Button>
        <Button
          size="xs"
          variant="light"
          color="red"
          aria-label={`Remove: ${name}`}
          onClick={() => onAction({ kind: 'remove', name, isSelf })}
        >
          Remove
        </Button>
      </Group>
    </Group>
  );
}
