import { Group, Text } from '@mantine/core';
import type { ConnectionAccuracyView } from '../../../api/client.ts';
import { ShareBar } from '../../components/charts/ShareBar.tsx';
import { formatInteger, formatPercent } from '../../components/display/format.ts';
import { formatOrderSummary } from './accuracy-labels.ts';

type Sums = Pick<ConnectionAccuracyView, 'orders' | 'accepted' | 'explained' | 'missing'>;

/** Shows the orders by result, in a sentence and as a bar. The figure is the first part of the bar: an explained order is not accepted. */
export function OrdersBar({ sums }: { readonly sums: Sums }) {
  const { orders, accepted, explained, missing } = sums;
  const parts = [
    { name: 'accepted', count: accepted, color: 'var(--mantine-color-jade-filled)' },
    { name: 'explained', count: explained, color: 'var(--mantine-color-gray-5)' },
    { name: 'missing', count: missing, color: 'var(--mantine-color-orange-filled)' },
  ];
  return (
    <Group gap="md" wrap="wrap" align="center">
      <Text size="sm" fw={600} flex="1 1 17rem">
        {formatOrderSummary(sums)}
      </Text>
      <Group flex="2 1 14rem" gap="sm" wrap="nowrap" miw={0}>
        <ShareBar parts={parts} size="lg" />
        <Text size="sm" fw={600} className="figures" ta="right" title={`${formatInteger(accepted)} of ${formatInteger(orders)}`}>
          {formatPercent(accepted, orders)} accepted
          <Text component="span" display="block" size="xs" c="dimmed" fw={400}>
            {formatPercent(accepted + explained, orders)} accounted for
          </Text>
        </Text>
      </Group>
    </Group>
  );
}
