import { Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError } from '../../../api/client.ts';
import { Form } from '../../components/forms/Form.tsx';
import { FormError } from '../../components/forms/FormError.tsx';
import { getFieldError } from '../../components/forms/field-errors.ts';
import { NewPasswordInput } from '../../components/forms/NewPasswordInput.tsx';
import { useFieldIssues } from '../../components/forms/use-field-issues.ts';
import { sessionApi } from '../../data/api-client.ts';
import { setCurrentUser, useApiMutation } from '../../data/queries.ts';
import { SignInLayout } from './SignInLayout.tsx';

/** Reads the token and removes it from the URL, so that it stays neither in the history nor in a copied link. */
function takeToken(): string {
  const token = location.hash.slice(1);
  history.replaceState(history.state, '', location.pathname);
  return token;
}

/** A link that lets its holder create an account. */
interface AccountLink {
  readonly createAccount: typeof sessionApi.setUp;
  readonly title: string;
  readonly description: string;
  /** The texts of the page if the address has no token. */
  readonly withoutToken: { readonly title: string; readonly description: string };
}

/** Creates the first account, with the token that the gateway printed at its start. */
export function FirstAccount() {
  return (
    <NewAccount
      createAccount={sessionApi.setUp}
      title="Welcome to Convey"
      description="Create the first account. It gets the owner role and can do everything."
      withoutToken={{
        title: 'Setup',
        description: 'Open the setup URL that Convey printed when it started. If you already have an account, sign in.',
      }}
    />
  );
}

/** Creates the account of an invited person, with the token of the invitation. */
export function InvitedAccount() {
  return (
    <NewAccount
      createAccount={sessionApi.acceptInvitation}
      title="You are invited to Convey"
      description="Choose a name and a password to create your account."
      withoutToken={{
        title: 'Invitation',
        description: 'Open the complete invitation link that you received. If you already have an account, sign in.',
      }}
    />
  );
}

function NewAccount({ createAccount, title, description, withoutToken }: AccountLink) {
  const [token] = useState(takeToken);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const navigate = useNavigate();
  const create = useApiMutation(createAccount, {
    refreshes: [],
    onDone: (me) => {
      setCurrentUser(me);
      void navigate({ to: '/', replace: true });
    },
  });
  const openIssues = useFieldIssues(create.error, { name, password });
  const nameTaken = create.error instanceof ApiError && create.error.code === 'account-exists' ? create.error.message : undefined;
  if (token === '')
    return (
      <SignInLayout {...withoutToken}>
        <Button fullWidth onClick={() => void navigate({ to: '/sign-in' })}>
          Sign in
        </Button>
      </SignInLayout>
    );
  return (
    <SignInLayout title={title} description={description}>
      <Form error={create.error} onSubmit={() => create.mutate({ token, name, password })}>
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
            error={nameTaken ?? getFieldError(openIssues, 'name')}
          />
          <NewPasswordInput
            label="Password"
            value={password}
            onChange={setPassword}
            error={getFieldError(openIssues, 'password')}
          />
          {nameTaken === undefined && <FormError error={create.error} fields={['name', 'password']} />}
          <Button type="submit" loading={create.isPending} fullWidth>
            Create account
          </Button>
        </Stack>
      </Form>
    </SignInLayout>
  );
}
