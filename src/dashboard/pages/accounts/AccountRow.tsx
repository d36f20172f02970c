import { Badge, Box, Button, Group, Text } from '@mantine/core';
import type { AccountView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { useSites } from '../../data/queries.ts';
import type { AccountAction } from './account-action.ts';
import { describeAccess } from './role-form.ts';

interface AccountRowProps {
  readonly account: AccountView;
  readonly isSelf: boolean;
  readonly onAction: (action: AccountAction) => void;
}

/** An account and its actions. */
export function AccountRow({ account, isSelf, onAction }: AccountRowProps) {
  const { name, role, createdAt } = account;
  const { data: sites = [] } = useSites();
  return (
    <Group component="li" py="sm" justify="space-between" gap="sm" className="row">
      <Box flex="1 1 16rem" miw={0}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          {role === 'owner' && <Badge color="jade">Owner</Badge>}
          {isSelf && <Badge color="blue">You</Badge>}
        </Group>
        {role !== 'owner' && (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {describeAccess(account, sites)}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          Added <Timestamp at={createdAt} as="ago" />
        </Text>
      </Box>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          aria-label={`Change role: ${name}`}
          onClick={() => onAction({ kind: 'role', name, isSelf, account })}
        >
          Change role
        </Button>
        {!isSelf && (
          <Button
            size="xs"
            variant="default"
            aria-label={`Reset password: ${name}`}
            onClick={() => onAction({ kind: 'password', name, isSelf })}
          >
            Reset password
          </Button>
        )}
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
