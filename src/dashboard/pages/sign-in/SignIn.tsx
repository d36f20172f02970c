import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { Navigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { sessionApi } from '../../data/api-client.ts';
import { setCurrentUser, useApiMutation, useCurrentUser } from '../../data/queries.ts';
import { SignInLayout } from './SignInLayout.tsx';

export function SignIn() {
  const { to = '/' } = useSearch({ from: '/sign-in' });
  const router = useRouter();
  const { data: me } = useCurrentUser();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useApiMutation(sessionApi.signIn, {
    refreshes: [],
    onDone: (answer) => {
      setCurrentUser(answer);
      router.history.replace(to);
    },
  });
  if (me) return <Navigate to="/" replace />;
  return (
    <SignInLayout
      title="Sign in"
      description="Use your account on this gateway. If there is none yet, open the setup link in the gateway's terminal."
    >
      <Form error={signIn.error} onSubmit={() => signIn.mutate({ name, password })}>
        <Stack>
          <TextInput
            label="Name"
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            required
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          />
          {signIn.error && <ErrorAlert error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending} fullWidth>
            Sign in
          </Button>
        </Stack>
      </Form>
    </SignInLayout>
  );
}
