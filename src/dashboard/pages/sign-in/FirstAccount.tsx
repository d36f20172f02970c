import { Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Form } from '../../components/forms/Form.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { session } from '../../data/api-client.ts';
import { setCurrentUser, useApiMutation } from '../../data/queries.ts';
import { SignInLayout } from './SignInLayout.tsx';

/** Reads the token and removes it from the URL, so that it stays neither in the history nor in a copied link. */
function takeToken(): string {
  const token = location.hash.slice(1);
  history.replaceState(history.state, '', location.pathname);
  return token;
}

/** Creates the first account, with the token that the gateway printed at its start. */
export function FirstAccount() {
  const [token] = useState(takeToken);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const navigate = useNavigate();
  const setUp = useApiMutation(session.setUp, {
    refreshes: [],
    onDone: (me) => {
      setCurrentUser(me);
      void navigate({ to: '/', replace: true });
    },
  });
  const issues = getFieldIssues(setUp.error);
  if (token === '')
    return (
      <SignInLayout
        title="Setup"
        description="Open the setup URL that Convey printed when it started. If you already have an account, sign in."
      >
        <Button fullWidth onClick={() => void navigate({ to: '/sign-in' })}>
          Sign in
        </Button>
      </SignInLayout>
    );
  return (
    <SignInLayout
      title="Welcome to Convey"
      description="Create the first account. It gets the owner role and can change everything."
    >
      <Form onSubmit={() => setUp.mutate({ token, name, password })}>
        <Stack>
          <TextInput
            label="Name"
            description="Used to sign in. Letters, digits and . _ @ + -"
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            required
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            error={getFieldError(issues, 'name')}
          />
          <NewPasswordInput label="Password" value={password} onChange={setPassword} error={getFieldError(issues, 'password')} />
          {setUp.error && !areAllShown(issues, ['name', 'password']) && <ErrorAlert error={setUp.error} />}
          <Button type="submit" loading={setUp.isPending} fullWidth>
            Create account
          </Button>
        </Stack>
      </Form>
    </SignInLayout>
  );
}
