import { Badge, Button, Code, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { SecretRow } from './SecretRow.tsx';

/** That of the shop and that of an app, and for each the one before while it takes the new one up. */
const mostSecrets = 4;

const shops = {
  shopify: {
    name: 'Shopify',
    says: 'Shopify shows it under Settings › Notifications › Webhooks, below the list.',
  },
  woocommerce: {
    name: 'WooCommerce',
    says: 'In WooCommerce it is the field Secret of each webhook. Give all of them the same.',
  },
} as const;

/** Where the shop sends its own reports of orders, and what it signs them with. A secret is never shown again. */
export function Webhooks({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [removed, setRemoved] = useState<string>();
  const { platform, webhooks } = site;
  const remove = useApiMutation(
    (secret: string) => callApi('DELETE /api/sites/:site/webhook-secrets/:secret', { site: site.id, secret }),
    { onDone: () => setRemoved(undefined) },
  );
  if (platform === 'custom' || webhooks.url === undefined) return null;
  const shop = shops[platform];
  const { secrets, url, isGuess } = webhooks;
  return (
    <Panel
      title="Webhooks"
      description={`${shop.name} tells of each order itself, so that none is lost where a page is not seen to its end.`}
      actions={<Badge color={secrets.length > 0 ? 'green' : 'gray'}>{secrets.length > 0 ? 'Secret set' : 'No secret yet'}</Badge>}
    >
      <Stack>
        <Group justify="space-between" gap="sm">
          <div>
            <Code style={{ overflowWrap: 'anywhere' }}>{url}</Code>
            <Text size="xs" c="dimmed" mt={2}>
              The address for {shop.name}
            </Text>
          </div>
          <CopyButton text={url} label="Copy the address" />
          {isGuess === true && (
            <Text size="xs" c="dimmed" w="100%">
              Its host is a guess. Where the gateway answers under another name, put that in its place, or set collector.publicUrl
              in the config file.
            </Text>
          )}
        </Group>
        <Stack gap="xs">
          {secrets.map(({ id, createdAt, problem }) => (
            <SecretRow
              key={id}
              id={id}
              createdAt={createdAt}
              createdLabel="Entered"
              problem={problem}
              onRemove={mayChange ? () => setRemoved(id) : undefined}
              removeLabel={`Remove the secret ${id}`}
            />
          ))}
          {secrets.length === 0 && (
            <Text size="sm" c="dimmed">
              No secret is set, so every webhook is refused.
            </Text>
          )}
        </Stack>
        {mayChange && secrets.length < mostSecrets && (
          <NewSecret site={site.id} says={shop.says} isFirst={secrets.length === 0} />
        )}
        {mayChange && secrets.length >= mostSecrets && (
          <Text size="sm" c="dimmed">
            A site takes four. Remove one that nothing signs with any more.
          </Text>
        )}
      </Stack>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove the secret ${removed ?? ''}?`}
        label="Remove it"
        isDestructive
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => removed !== undefined && remove.mutate(removed)}
      >
        What {shop.name} signs with it is refused from then on.
      </ConfirmDialog>
    </Panel>
  );
}

function NewSecret({ site, says, isFirst }: { readonly site: string; readonly says: string; readonly isFirst: boolean }) {
  const [secret, setSecret] = useState('');
  const add = useApiMutation(() => callApi('POST /api/sites/:site/webhook-secrets', { site }, { secret }), {
    onDone: () => setSecret(''),
  });
  const issues = getFieldIssues(add.error);
  const wrong = getFieldError(issues, 'secret');
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        add.mutate(undefined);
      }}
    >
      <Stack gap="xs" maw={640}>
        {add.error && wrong === undefined && <ErrorAlert error={add.error} />}
        <PasswordInput
          label={isFirst ? 'What they are signed with' : 'The new secret'}
          description={`${says} It is encrypted, and never shown again.`}
          autoComplete="off"
          value={secret}
          onChange={({ currentTarget }) => setSecret(currentTarget.value)}
          error={wrong}
        />
        <Group>
          <Button type="submit" size="xs" loading={add.isPending} disabled={secret.trim() === ''}>
            {isFirst ? 'Set the secret' : 'Take on the new secret'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
