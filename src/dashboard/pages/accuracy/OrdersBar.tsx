import { Group, Progress, Text } from '@mantine/core';
import type { ConnectionAccuracyView } from '../../../api/client.ts';
import { formatInteger, formatPercent } from '../../components/display/format.ts';
import { formatOrderSummary } from './accuracy-labels.ts';

type Sums = Pick<ConnectionAccuracyView, 'orders' | 'accepted' | 'explained' | 'missing'>;

/** Shows the orders by result, in a sentence and as a bar. */
export function OrdersBar({ sums }: { readonly sums: Sums }) {
  const { orders, accepted, explained, missing } = sums;
  const part = (count: number) => (100 * count) / Math.max(1, orders);
  return (
    <Group gap="md" wrap="wrap" align="center">
      <Text size="sm" fw={600} flex="1 1 17rem">
        {formatOrderSummary(sums)}
      </Text>
      <Group flex="2 1 14rem" gap="sm" wrap="nowrap" miw={0}>
        <Progress.Root size="lg" flex={1} aria-hidden>
          <Progress.Section value={part(accepted)} color="jade" />
          <Progress.Section value={part(explained)} color="gray.5" />
          <Progress.Section value={part(missing)} color="orange" />
        </Progress.Root>
        <Text
          size="sm"
          fw={600}
          className="figures"
          ta="right"
          title={`${formatInteger(accepted + explained)} of ${formatInteger(orders)}`}
        >
          {formatPercent(accepted + explained, orders)}
          <span className="unseen"> accounted for</span>
        </Text>
      </Group>
    </Group>
  );
}
