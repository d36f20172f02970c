import { Button, Group, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { BodyOf, Role } from '../../../api/client.ts';
import { ask } from '../../api.ts';
import { Refused } from '../../parts/Fault.tsx';
import { useChange } from '../../queries.ts';
import { problemsOf } from './problems.ts';

const add = (body: BodyOf<'POST /api/accounts'>) => ask('POST /api/accounts', {}, body);

export function AddForm({ onDone }: { readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const change = useChange(add, { refreshes: ['GET /api/accounts'], onDone });
  const problems = problemsOf(change.error);
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        change.mutate({ name, role, password });
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="How they sign in. Letters, digits and . _ @ + -"
          autoComplete="off"
          autoCapitalize="none"
          data-autofocus
          required
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={problems.name}
        />
        <Radio.Group
          label="Role"
          value={role}
          onChange={(value) => setRole(value === 'owner' ? 'owner' : 'viewer')}
          error={problems.role}
        >
          <Stack gap="xs" mt={4}>
            <Radio value="viewer" label="Viewer" description="Looks at everything but the accounts, and changes nothing." />
            <Radio value="owner" label="Owner" description="May do everything, accounts and secrets too." />
          </Stack>
        </Radio.Group>
        <PasswordInput
          label="Password"
          description="At least 15 characters: a few words that nobody would guess."
          autoComplete="new-password"
          required
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={problems.password}
        />
        {problems.rest && <Refused error={problems.rest} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={change.isPending}>
            Add the account
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
