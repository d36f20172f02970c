import { Stack, Text } from '@mantine/core';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { Copyable } from '../../../components/display/Copyable.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { formatPurchaseCurl } from './install-snippet.ts';

/** Shows an example request of the server API. */
export function ServerExample({
  site,
  collector,
}: {
  readonly site: SiteSettingsView;
  /** The URL that the user typed. Undefined: the gateway's own. */
  readonly collector: string | undefined;
}) {
  const { data: status } = useApiQuery('GET /api/status', {});
  return (
    <Panel
      title="From your server"
      description="Your server knows which orders are paid, and by whom. Convey merges its report with the browser's by order number."
    >
      <Stack>
        <Copyable
          label="Purchase with curl"
          text={formatPurchaseCurl(
            collector ?? status?.collectorUrl ?? 'https://data.shop.example',
            site.domains[0] ?? 'shop.example',
            site.defaultCurrency ?? 'USD',
          )}
        />
        <Text size="sm">
          {site.secretKeys.length === 0 ? 'You need a secret key: ' : 'Use one of your secret keys: '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="keys" inherit underline="always">
            {site.secretKeys.length === 0 ? 'create one' : 'view keys'}
          </RouterAnchor>
          .{' '}
          <RouterAnchor
            to="/sites/$site/guides/$guide"
            params={{ site: site.id, guide: 'send-from-your-server' }}
            inherit
            underline="always"
          >
            Guide: Send from your server
          </RouterAnchor>
        </Text>
      </Stack>
    </Panel>
  );
}
