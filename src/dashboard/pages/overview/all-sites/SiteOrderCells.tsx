import { Box, Group, Progress, Stack, Text } from '@mantine/core';
import type { OrderDaysView } from '../../../../api/client.ts';
import { Sparkline } from '../../../components/charts/Sparkline.tsx';
import { formatInteger, formatMoney } from '../../../components/display/format.ts';
import { formatComparison, formatShare, getCountTrend, nameCountedPeriod } from '../../../components/display/trends.ts';
import type { ResolvedRange } from '../../../data/range.ts';
import type { SiteOrders } from './site-table-rows.ts';

/** The orders of a row, or why there are none yet. */
type OrdersState = SiteOrders | 'loading' | 'failed';

const toText = (state: 'loading' | 'failed') => (state === 'loading' ? '…' : '–');

interface OrderCountProps {
  readonly orders: OrdersState;
  readonly range: ResolvedRange;
  readonly label?: string;
}

/** Shows the number of orders with its change, or since when they are counted. */
export function OrderCount({ orders, range, label = '' }: OrderCountProps) {
  if (typeof orders === 'string') return `${label}${toText(orders)}`;
  const { count, before, moneySince } = orders;
  const isPartial = moneySince !== undefined && moneySince > range.since;
  const trend = before === undefined ? undefined : getCountTrend(count, before);
  const note = isPartial
    ? nameCountedPeriod(range, moneySince)
    : before !== undefined && count + before > 0
      ? formatComparison(trend, range, moneySince)
      : undefined;
  return (
    <>
      {label}
      {formatInteger(count)}
      {note !== undefined && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </>
  );
}

/** Draws the orders of the last 28 days. The text for screen readers has the least and the most. */
export function OrderDays({ days }: { readonly days: OrderDaysView | 'loading' | 'failed' }) {
  if (typeof days === 'string') return <Box h={32}>{toText(days)}</Box>;
  const [least, most] = [Math.min(...days.orders), Math.max(...days.orders)];
  const text = `${formatInteger(least)} to ${formatInteger(most)} orders a day in the last ${days.orders.length} days`;
  return (
    <Box
      title={days.isComplete ? text : `${text}. Not all of these days were counted`}
      role="img"
      aria-label={text}
      mt={4}
      h={28}
    >
      <Sparkline values={days.orders} height={28} />
    </Box>
  );
}

interface RevenueProps {
  readonly orders: OrdersState;
  readonly range: ResolvedRange;
}

/** Shows an amount for each currency, and what refunds leave of it. Currencies are never added. */
export function Revenue({ orders, range }: RevenueProps) {
  if (typeof orders === 'string') return toText(orders);
  const { revenue, refundsSince } = orders;
  if (revenue.length === 0) return '–';
  const known = refundsSince > range.since ? `, refunds ${nameCountedPeriod(range, refundsSince)}` : '';
  return revenue.map(({ currency, amount, net }) => (
    <div key={currency}>
      <span style={{ whiteSpace: 'nowrap' }}>{formatMoney(amount, currency)}</span>
      {net !== undefined && (
        <Text size="xs" c="dimmed">
          {formatMoney(net, currency)} net{known}
        </Text>
      )}
    </div>
  ));
}

/** Shows the share of the orders that each platform accepted, as text and as a bar. */
export function AcceptedOrders({ orders }: { readonly orders: OrdersState }) {
  if (typeof orders === 'string') return toText(orders);
  const { count, platforms } = orders;
  if (count === 0 || platforms.length === 0) return '–';
  return (
    <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: 'none' }}>
      {platforms.map(({ connection, name, accepted }) => (
        <li key={connection} title={`${formatInteger(accepted)} of ${formatInteger(count)} orders`}>
          <Group justify="space-between" gap={6} wrap="nowrap">
            <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Text>
            <Text size="xs" className="figures" style={{ whiteSpace: 'nowrap' }}>
              {formatShare({ part: accepted, all: count })}
            </Text>
          </Group>
          <Progress value={(100 * accepted) / count} size={4} aria-hidden />
        </li>
      ))}
    </Stack>
  );
}
