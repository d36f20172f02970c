import { Button, Select, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { AccountLinkView, ApiResponse } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { LoadingState } from '../../../components/feedback/QueryState.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import type { SettingsForm } from '../settings/setting-fields.ts';
import { describeAccount, describeTag } from './describe-choice.ts';
import { fillForm } from './fill-form.ts';
import { useTags } from './use-tags.ts';

type Account = ApiResponse<'GET /api/sites/:site/account-links/:link/accounts'>[number];

interface AccountChooserProps {
  /** Whether the settings can be filled in: those of the config file cannot. */
  readonly canFill: boolean;
  readonly isNew: boolean;
  readonly link: AccountLinkView;
  readonly form: StagedForm<SettingsForm>;
}

/** Lets the operator choose one of the accounts and its tag, after the sign-in. */
export function AccountChooser({ link, form, canFill, isNew }: AccountChooserProps) {
  const target = { site: link.site, link: link.link };
  const accounts = useApiQuery('GET /api/sites/:site/account-links/:link/accounts', target);
  const [chosen, setChosen] = useState<string>();
  if (accounts.isPending) return <LoadingState height={120} />;
  if (accounts.error) return <ErrorAlert error={accounts.error} onRetry={accounts.refetch} />;
  const [only, ...others] = accounts.data;
  if (!only) return <Text size="sm">You are signed in, and this user has no account. Sign in as another user.</Text>;
  const account = accounts.data.find((one) => one.accountId === chosen) ?? (others.length === 0 ? only : undefined);
  return (
    <Stack gap="md">
      <Text size="sm" fw={600} role="status">
        {canFill ? 'Signed in. Choose the account and its tag.' : 'Signed in. Choose the account whose goals to check.'}
      </Text>
      <Select
        label="Account"
        placeholder="Choose an account"
        data={accounts.data.map((one) => ({ value: one.accountId, label: describeAccount(one) }))}
        value={account?.accountId ?? null}
        onChange={(id) => setChosen(id ?? undefined)}
        allowDeselect={false}
        searchable={accounts.data.length > 10}
      />
      {account?.isReadOnly === true && (
        <Text size="sm">You may only view this account, so the platform may refuse to give its token.</Text>
      )}
      {account && canFill && <TagChooser key={account.accountId} link={link} account={account} form={form} />}
      {account && !isNew && <UseForGoals link={link} account={account} />}
    </Stack>
  );
}

interface ChosenAccount {
  readonly link: AccountLinkView;
  readonly account: Account;
}

/** Uses the account without a change of the settings. */
function UseForGoals({ link, account: { customerId, accountId } }: ChosenAccount) {
  const navigate = useNavigate();
  const target = { site: link.site, link: link.link };
  const use = useApiMutation(
    () => callApi('POST /api/sites/:site/account-links/:link/account', target, { customerId, accountId }),
    // The link has ended, so the address may not lead to it again.
    { onDone: () => void navigate({ to: '.', search: ({ link: _, ...rest }) => rest, replace: true }) },
  );
  return (
    <>
      {use.error && <ErrorAlert error={use.error} />}
      <div>
        <Button variant="default" loading={use.isPending} onClick={() => use.mutate(undefined)}>
          Use the account for goals alone
        </Button>
      </div>
    </>
  );
}

function TagChooser({ link, account, form }: ChosenAccount & Pick<AccountChooserProps, 'form'>) {
  const { customerId, accountId } = account;
  const target = { site: link.site, link: link.link };
  const [tag, setTag] = useState<string>();
  const tags = useTags(target, { customerId, accountId });
  const choose = useApiMutation(
    (tagId: string) => callApi('POST /api/sites/:site/account-links/:link/tag', target, { customerId, accountId, tagId }),
    { refreshes: [], onDone: (changed) => fillForm(form, changed) },
  );
  if (tags.error) return <ErrorAlert error={tags.error} onRetry={tags.retry} />;
  if (!tags.data) return <LoadingState height={80} />;
  if (tags.data.length === 0)
    return <Text size="sm">This account has no tag. Create one at the platform, then sign in again.</Text>;
  const value = tag ?? (tags.data.length === 1 ? tags.data[0]?.tagId : undefined);
  return (
    <>
      <Select
        label="Tag"
        placeholder="Choose a tag"
        data={tags.data.map((one) => ({ value: one.tagId, label: describeTag(one) }))}
        value={value ?? null}
        onChange={(id) => setTag(id ?? undefined)}
        allowDeselect={false}
        searchable={tags.data.length > 10}
      />
      {choose.error && <ErrorAlert error={choose.error} />}
      <div>
        <Button
          disabled={value === undefined}
          loading={choose.isPending}
          onClick={() => value !== undefined && choose.mutate(value)}
        >
          Use this tag
        </Button>
      </div>
      {choose.isSuccess && choose.variables === value && (
        <Text size="sm" fw={600} role="status">
          Tag, token and customer are filled in. Save to keep them.
        </Text>
      )}
    </>
  );
}
