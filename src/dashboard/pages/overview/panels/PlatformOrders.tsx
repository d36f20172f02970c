import { Box, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView, TotalsView } from '../../../../api/client.ts';
import { SeriesSwatch } from '../../../components/charts/SeriesSwatch.tsx';
import { ShareBar } from '../../../components/charts/ShareBar.tsx';
import { formatInteger, formatMoney } from '../../../components/display/format.ts';
import { formatComparison, getCountTrend, isComparable, nameCountedPeriod } from '../../../components/display/trends.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { ResolvedRange } from '../../../data/range.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { getAccepted, listCurrencies, type OrderResult, orderResults, splitOrders } from '../summary/money-figures.ts';
import type { RangeData } from '../summary/use-range-figures.ts';
import type { SiteTotals } from '../summary/use-site-totals.ts';

interface PlatformOrdersProps {
  readonly site: SiteSettingsView;
  readonly data: RangeData;
}

const units = ['orders', 'money'] as const;

/** Shows what became of the site's orders at each platform, by number or by amount, and the change of what it accepted. */
export function PlatformOrders({ site, data: { range, totals } }: PlatformOrdersProps) {
  const [unit, setUnit] = useState<(typeof units)[number]>('orders');
  if (totals.state === 'loading' || site.connections.length === 0) return null;
  const now = totals.state === 'loaded' ? totals.data.now : undefined;
  const period = nameCountedPeriod(range, now?.moneySince);
  return (
    <Panel
      title="Orders to platforms"
      description={`Every order received ${period}, by its present result.`}
      actions={
        <SegmentedControl
          aria-label="Unit"
          size="xs"
          data={units.map((value) => ({ value, label: value === 'orders' ? 'Orders' : 'Money' }))}
          value={unit}
          onChange={(value) => setUnit(value === 'money' ? 'money' : 'orders')}
        />
      }
    >
      {totals.state === 'failed' && <Text size="sm">Could not be loaded. The page tries again.</Text>}
      {totals.state === 'loaded' && <Bars site={site.id} totals={totals.data} unit={unit} range={range} period={period} />}
    </Panel>
  );
}

interface BarsProps {
  readonly site: string;
  readonly totals: SiteTotals;
  readonly range: ResolvedRange;
  readonly unit: (typeof units)[number];
  readonly period: string;
}

function Bars({ site, totals: { now: totals, before }, range, unit, period }: BarsProps) {
  const names = useConnectionNames();
  const orders = totals ? totals.reported.orders + totals.browsersAlone.orders : 0;
  if (!totals || orders === 0) return <Text size="sm">No orders {period}.</Text>;
  const currencies = unit === 'orders' ? [undefined] : listCurrencies(totals);
  const withoutValue = totals.reported.withoutValue + totals.browsersAlone.withoutValue;
  return (
    <Stack component="ul" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
      {totals.connections.flatMap((one) =>
        currencies.map((currency) => (
          <Bar
            key={`${one.connection} ${currency}`}
            site={site}
            connection={one}
            name={names[one.connection] ?? one.connection}
            totals={totals}
            before={before}
            range={range}
            currency={currency}
          />
        )),
      )}
      {unit === 'money' && withoutValue > 0 && (
        <Text component="li" size="xs" c="dimmed">
          {formatInteger(withoutValue)} without a value are not included.
        </Text>
      )}
    </Stack>
  );
}

interface BarProps {
  readonly site: string;
  readonly connection: TotalsView['connections'][number];
  readonly name: string;
  readonly totals: TotalsView;
  /** The totals of the period before. Undefined if nothing is compared, or until loaded. */
  readonly before: TotalsView | undefined;
  readonly range: ResolvedRange;
  /** Undefined for numbers of orders. */
  readonly currency: string | undefined;
}

function Bar({ site, connection, name, totals, before, range, currency }: BarProps) {
  const parts = splitOrders(totals, connection, currency);
  const format = (value: number) => (currency === undefined ? formatInteger(value) : formatMoney(value, currency));
  return (
    <Box component="li" aria-label={currency === undefined ? name : `${name}, ${currency}`}>
      <Group justify="space-between" gap="0 md" mb={4}>
        <Text size="sm" fw={600}>
          {name}
          {currency !== undefined && ` · ${currency}`}
        </Text>
        {before && isComparable(range, totals.moneySince) && (
          <Text size="xs" c="dimmed" className="figures">
            Accepted: {formatComparison(getCountTrend(...readAccepted(connection, before, currency)), range, totals.moneySince)}
          </Text>
        )}
      </Group>
      <ShareBar
        size="xl"
        parts={orderResults.map((result) => ({
          name: result,
          count: parts.find((part) => part.result === result)?.value ?? 0,
          color: looks[result].color,
        }))}
      />
      <Group gap="sm" mt={6}>
        {parts.map(({ result, value, outcomes }) => (
          <Group key={result} gap={6} wrap="nowrap">
            <SeriesSwatch type="bar" color={looks[result].color} pattern={orderResults.indexOf(result)} />
            <Text size="sm" className="figures">
              {outcomes.length === 0 ? (
                looks[result].label
              ) : (
                <RouterAnchor
                  to="/sites/$site/events"
                  params={{ site }}
                  search={{ event: ['Purchase'], connection: connection.connection, outcome: [...outcomes] }}
                  inherit
                >
                  {looks[result].label}
                </RouterAnchor>
              )}{' '}
              {format(value)}
            </Text>
          </Group>
        ))}
      </Group>
    </Box>
  );
}

/** Returns what a platform accepted in the range and in the period before. */
function readAccepted(connection: BarProps['connection'], { connections }: TotalsView, currency: string | undefined) {
  const earlier = connections.find((one) => one.connection === connection.connection);
  return [getAccepted(connection, currency), getAccepted(earlier, currency)] as const;
}

const looks: Readonly<Record<OrderResult, { readonly label: string; readonly color: string }>> = {
  accepted: { label: 'Accepted', color: 'var(--mantine-color-jade-filled)' },
  unconfirmed: { label: 'Sent, without a verdict', color: 'var(--mantine-color-blue-filled)' },
  skipped: { label: 'Skipped', color: 'var(--mantine-color-gray-5)' },
  waiting: { label: 'Waiting', color: 'var(--mantine-color-yellow-filled)' },
  failed: { label: 'Failed', color: 'var(--mantine-color-red-filled)' },
  missing: { label: 'No result', color: 'var(--mantine-color-orange-filled)' },
};
