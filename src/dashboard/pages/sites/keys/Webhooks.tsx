import { Badge, Button, Code, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Form } from '../../../components/forms/Form.tsx';
import { FormError } from '../../../components/forms/FormError.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { SecretRow } from './SecretRow.tsx';

/** The maximum number of secrets: one of the shop and one of an app, each with its predecessor during a rotation. */
const mostSecrets = 4;

const shops = {
  shopify: {
    name: 'Shopify',
    hint: 'In Shopify: Settings › Notifications › Webhooks, below the list.',
  },
  woocommerce: {
    name: 'WooCommerce',
    hint: 'In WooCommerce: the field Secret of each webhook. Use the same secret for all webhooks.',
  },
} as const;

/** Shows the webhook URL and the webhook secrets of a shop. Secrets are never shown again. */
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
      description={`${shop.name} reports each order itself, so that orders count even if the thank-you page does not load.`}
      actions={<Badge color={secrets.length > 0 ? 'green' : 'gray'}>{secrets.length > 0 ? 'Secret set' : 'No secret'}</Badge>}
    >
      <Stack>
        <Group justify="space-between" gap="sm">
          <div id="webhooks" style={{ scrollMarginTop: 72 }}>
            {isGuess === true ? (
              <Text size="sm">To get the webhook URL, set the public URL of the site first.</Text>
            ) : (
              <Code style={{ overflowWrap: 'anywhere' }}>{url}</Code>
            )}
            <Text size="xs" c="dimmed" mt={2}>
              Webhook URL for {shop.name}
            </Text>
          </div>
          {isGuess !== true && <CopyButton text={url} label="Copy URL" />}
        </Group>
        <Stack gap="xs">
          {secrets.map(({ id, createdAt, problem }) => (
            <SecretRow
              key={id}
              id={id}
              createdAt={createdAt}
              createdLabel="Added"
              problem={problem}
              onRemove={mayChange ? () => setRemoved(id) : undefined}
              removeLabel={`Remove secret ${id}`}
            />
          ))}
          {secrets.length === 0 && (
            <Text size="sm" c="dimmed">
              No secrets yet. All webhooks are rejected until you add one.
            </Text>
          )}
        </Stack>
        {mayChange && secrets.length < mostSecrets && (
          <NewSecret site={site.id} hint={shop.hint} isFirst={secrets.length === 0} />
        )}
        {mayChange && secrets.length >= mostSecrets && (
          <Text size="sm" c="dimmed">
            A site can have four secrets. To add another one, remove an unused secret.
          </Text>
        )}
      </Stack>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove secret ${removed ?? ''}?`}
        label="Remove secret"
        isDestructive
        mutation={remove}
        onConfirm={() => removed !== undefined && remove.mutate(removed)}
      >
        Webhooks from {shop.name} that are signed with this secret will be rejected.
      </ConfirmDialog>
    </Panel>
  );
}

function NewSecret({ site, hint, isFirst }: { readonly site: string; readonly hint: string; readonly isFirst: boolean }) {
  const [secret, setSecret] = useState('');
  const add = useApiMutation(() => callApi('POST /api/sites/:site/webhook-secrets', { site }, { secret }), {
    onDone: () => setSecret(''),
  });
  return (
    <Form error={add.error} onSubmit={() => add.mutate(undefined)}>
      <Stack gap="xs" maw={640}>
        <FormError error={add.error} fields={['secret']} />
        <PasswordInput
          label={isFirst ? 'Webhook secret' : 'New webhook secret'}
          description={`${hint} It is stored encrypted and never shown again.`}
          autoComplete="off"
          value={secret}
          onChange={({ currentTarget }) => setSecret(currentTarget.value)}
          error={getFieldError(getFieldIssues(add.error), 'secret')}
        />
        <Group>
          <Button type="submit" size="xs" loading={add.isPending} disabled={secret.trim() === ''}>
            Add secret
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}
