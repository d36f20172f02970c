import { List, Stack, Text } from '@mantine/core';
import type { SiteSettingsView } from '../../../../../api/client.ts';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';

/** The address and the topics of a shop's webhooks, and the state of their secret. */
export function WebhookAddress({
  site,
  base,
  platform,
  topics,
}: {
  readonly site: SiteSettingsView;
  readonly base: string;
  readonly platform: 'shopify' | 'woocommerce';
  readonly topics: readonly string[];
}) {
  const { secrets } = site.webhooks;
  return (
    <Stack gap="xs">
      <Copyable label="Webhook URL" text={`${base}/hooks/${platform}/${site.id}`} />
      <List size="sm" spacing={2}>
        {topics.map((topic) => (
          <List.Item key={topic}>{topic}</List.Item>
        ))}
      </List>
      <Text size="sm">
        {secrets.length > 0 ? 'A webhook secret is set: ' : 'No webhook secret is set, so webhooks are rejected: '}
        <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="webhooks" inherit underline="always">
          {secrets.length > 0 ? 'view secrets' : 'add the secret'}
        </RouterAnchor>
        .
      </Text>
    </Stack>
  );
}
