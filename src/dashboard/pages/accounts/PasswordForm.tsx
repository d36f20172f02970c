import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { ask } from '../../api.ts';
import { Refused } from '../../parts/Fault.tsx';
import { useChange } from '../../queries.ts';
import { problemsOf } from './problems.ts';

interface PasswordFormProps {
  readonly name: string;
  readonly isSelf: boolean;
  readonly onDone: () => void;
}

export function PasswordForm({ name, isSelf, onDone }: PasswordFormProps) {
  const [password, setPassword] = useState('');
  const set = useChange((given: string) => ask('PATCH /api/accounts/:name', { name }, { password: given }), { onDone });
  const problems = problemsOf(set.error);
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        set.mutate(password);
      }}
    >
      <Stack>
        <Text size="sm">
          {isSelf
            ? 'You are signed out everywhere, here too, and sign in with the new one.'
            : 'They are signed out everywhere, and sign in with the new one. Tell them in person.'}
        </Text>
        <PasswordInput
          label="New password"
          description="At least 15 characters: a few words that nobody would guess."
          autoComplete="new-password"
          data-autofocus
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
          <Button type="submit" loading={set.isPending}>
            Set the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
