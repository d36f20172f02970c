import { Badge, Group, Stack, Text } from '@mantine/core';
import { TimeChart } from '../../components/charts/TimeChart.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { createExampleChart } from './days-chart.ts';

interface NoOrdersProps {
  readonly site: string;
  readonly hasWebhooks: boolean;
  /** The last day of the period: `YYYY-MM-DD`. */
  readonly until: string;
}

/** Explains why there are no orders to compare, with an example of the chart. */
export function NoOrders({ site, hasWebhooks, until }: NoOrdersProps) {
  return (
    <Stack gap="md">
      <Text size="sm">
        {hasWebhooks
          ? 'Neither the server nor a webhook of your shop reported an order in this period. '
          : 'Accuracy compares the orders of your shop with the purchases that the platform accepted. '}
        <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'accuracy' }} inherit>
          {hasWebhooks ? 'Check your webhook' : 'Add a webhook'}
        </RouterAnchor>
        {hasWebhooks ? '.' : ' to report every order.'}
      </Text>
      <Group gap="xs">
        <Badge color="gray">Example</Badge>
        <Text size="xs" c="dimmed">
          Orders of an invented shop. Yours appear here after the first order.
        </Text>
      </Group>
      <TimeChart data={createExampleChart(until)} height={180} />
    </Stack>
  );
}
