import { Text } from '@mantine/core';
import { RouterAnchor } from '../../components/layout/router-links.tsx';

/** Why there is nothing to compare, and what to do. */
export function NoOrders({ site, hasWebhooks }: { readonly site: string; readonly hasWebhooks: boolean }) {
  return (
    <Text size="sm" c="dimmed">
      {hasWebhooks ? "The shop's webhooks told of no order in these days. " : 'The shop does not tell of its orders yet. '}
      <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'accuracy' }} inherit>
        {hasWebhooks ? 'See that they arrive' : 'Set up its webhooks'}
      </RouterAnchor>
      {hasWebhooks ? '.' : ', and each order is held against what was accepted.'}
    </Text>
  );
}
