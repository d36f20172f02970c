import { Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { areAllShown, getFieldError, getFieldIssues } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { session } from '../../data/api-client.ts';
import { setCurrentUser, useApiMutation } from '../../data/queries.ts';
import { SignInLayout } from './SignInLayout.tsx';

/** Read once, then out of the address: it must not stay in the history or in a copied link. */
function takeToken(): string {
  const token = location.hash.slice(1);
  history.replaceState(history.state, '', location.pathname);
  return token;
}

/** Whoever saw the gateway start makes the first account. */
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
        title="Set up"
        says="Open the address that Convey printed when it started: it ends in a token that is shown once. Where somebody has an account already, sign in instead."
      >
        <Button fullWidth onClick={() => void navigate({ to: '/sign-in' })}>
          To the sign-in
        </Button>
      </SignInLayout>
    );
  return (
    <SignInLayout
      title="Welcome to Convey"
      says="Nobody has an account on this gateway yet. Make the first: it is an owner's, who may change everything."
    >
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          setUp.mutate({ token, name, password });
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            description="How you sign in. Letters, digits and . _ @ + -"
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
            Make the account
          </Button>
        </Stack>
      </form>
    </SignInLayout>
  );
}
