import { Stack, Text } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { formatPurchaseCurl } from './install-snippet.ts';

/** How a server tells the same. */
export function ServerExample({
  site,
  collector,
}: {
  readonly site: SiteSettingsView;
  /** As somebody typed it; absent: as the gateway knows it. */
  readonly collector: string | undefined;
}) {
  const { data: status } = useApiQuery('GET /api/status', {});
  return (
    <Panel
      title="From your server"
      description="A server knows that an order was paid, and by whom. Under the same order number Convey joins both reports and sends one."
    >
      <Stack>
        <Copyable
          label="A purchase by curl"
          text={formatPurchaseCurl(
            collector ?? status?.collectorUrl ?? 'https://data.shop.example',
            site.domains[0] ?? 'shop.example',
            site.defaultCurrency ?? 'USD',
          )}
        />
        <Text size="sm">
          {site.secretKeys.length === 0 ? 'It needs a secret key: ' : 'It takes one of the secret keys: '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="keys" inherit underline="always">
            {site.secretKeys.length === 0 ? 'make one' : 'see the keys'}
          </RouterAnchor>
          .{' '}
          <RouterAnchor
            to="/sites/$site/guides/$guide"
            params={{ site: site.id, guide: 'send-from-your-server' }}
            inherit
            underline="always"
          >
            Send from your server, step by step
          </RouterAnchor>
        </Text>
      </Stack>
    </Panel>
  );
}
