import { Button, Group, Stack, Text } from '@mantine/core';
import type { Role } from '../../../api/client.ts';
import { ask } from '../../api.ts';
import { Refused } from '../../parts/Fault.tsx';
import { useChange } from '../../queries.ts';

interface OfAccount {
  readonly name: string;
  readonly isSelf: boolean;
  readonly onDone: () => void;
}

export function RoleForm({ name, isSelf, role, onDone }: OfAccount & { readonly role: Role }) {
  const change = useChange(() => ask('PATCH /api/accounts/:name', { name }, { role }), { onDone });
  const says =
    role === 'owner'
      ? `${name} may then do everything: change sites and connections, and the accounts, yours too.`
      : `${isSelf ? 'You' : name} may then look at everything but the accounts, and change nothing.`;
  return (
    <Sure
      says={says}
      does={role === 'owner' ? 'Make an owner' : 'Make a viewer'}
      error={change.error}
      isPending={change.isPending}
      onSure={() => change.mutate(undefined)}
      onCancel={onDone}
    />
  );
}

export function RemoveForm({ name, isSelf, onDone }: OfAccount) {
  const remove = useChange(() => ask('DELETE /api/accounts/:name', { name }), { onDone });
  const says = isSelf
    ? 'This is your own account. You are signed out, and cannot sign in any more.'
    : `${name} is signed out everywhere, and cannot sign in any more. What they set up stays.`;
  return (
    <Sure
      says={says}
      does="Remove the account"
      isDanger
      error={remove.error}
      isPending={remove.isPending}
      onSure={() => remove.mutate(undefined)}
      onCancel={onDone}
    />
  );
}

interface SureProps {
  readonly says: string;
  readonly does: string;
  readonly isDanger?: boolean;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly onSure: () => void;
  readonly onCancel: () => void;
}

function Sure({ says, does, isDanger = false, error, isPending, onSure, onCancel }: SureProps) {
  return (
    <Stack>
      <Text size="sm">{says}</Text>
      {error && <Refused error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel} data-autofocus>
          Cancel
        </Button>
        <Button {...(isDanger && { color: 'red' })} loading={isPending} onClick={onSure}>
          {does}
        </Button>
      </Group>
    </Stack>
  );
}
