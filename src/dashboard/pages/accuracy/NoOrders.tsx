import { Text } from '@mantine/core';
import { RouterAnchor } from '../../components/layout/router-links.tsx';

/** Explains why there are no orders to compare. */
export function NoOrders({ site, hasWebhooks }: { readonly site: string; readonly hasWebhooks: boolean }) {
  return (
    <Text size="sm" c="dimmed">
      {hasWebhooks ? 'No webhook reported an order in these days. ' : 'The shop does not report its orders yet. '}
      <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'accuracy' }} inherit>
        {hasWebhooks ? 'Check that webhooks arrive' : 'Set up webhooks'}
      </RouterAnchor>
      {hasWebhooks ? '.' : ' to compare every order with the accepted purchases.'}
    </Text>
  );
}
