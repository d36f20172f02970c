import { Paper, SimpleGrid, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConnectionView } from '../../../../api/client.ts';
import { formatCompact, formatInteger, formatMoney, pluralize } from '../../../components/display/format.ts';
import {
  formatComparison,
  formatShare,
  getCountTrend,
  getShareTrend,
  nameCountedPeriod,
} from '../../../components/display/trends.ts';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { LoadState } from '../../../data/load-state.ts';
import type { ResolvedRange } from '../../../data/range.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import type { MoneyFigures, RefundFigure } from '../summary/money-figures.ts';
import type { AccuracyFigure } from '../summary/range-figures.ts';
import type { RangeData } from '../summary/use-range-figures.ts';
import { RevenueValue } from './RevenueValue.tsx';

interface RangeFiguresProps {
  readonly site: string;
  readonly data: RangeData;
  /** The site's connections. */
  readonly connections: readonly ConnectionView[];
}

/** Shows the figures of the range, each with its change against the period before. */
export function RangeFigures({ site, data: { range, deliveries, money, matches, accuracy }, connections }: RangeFiguresProps) {
  const names = useConnectionNames();
  const params = { site };
  const letters = connections.toSorted((a, b) => b.deadLetters - a.deadLetters);
  const dead = letters.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const deadPurchases = letters.reduce((sum, one) => sum + one.deadPurchases, 0);
  return (
    <SimpleGrid cols={{ base: 2, lg: 3 }} spacing={{ base: 'sm', sm: 'lg' }}>
      <LoadedFigure label="Reported revenue" load={money}>
        {(figures) => ({
          value: <RevenueValue amounts={figures?.reported.amounts ?? []} range={range} moneySince={figures?.moneySince} />,
          description: describeReported(figures, nameCountedPeriod(range, figures?.moneySince), range),
        })}
      </LoadedFigure>
      <LoadedFigure label="Delivered revenue" load={money}>
        {(figures) => ({
          value: <RevenueValue amounts={figures?.delivered?.amounts ?? []} range={range} moneySince={figures?.moneySince} />,
          description: describeDelivered(figures, nameCountedPeriod(range, figures?.moneySince), names),
        })}
      </LoadedFigure>
      <LoadedFigure
        label={
          <RouterAnchor to="/sites/$site/events" params={params} search={{ outcome: ['delivered'] }} inherit underline="hover">
            Delivered
          </RouterAnchor>
        }
        load={deliveries}
      >
        {({ delivered, deliveredBefore, received, countedSince }) => ({
          value: <span title={formatInteger(delivered)}>{formatCompact(delivered)}</span>,
          description: describeReceived(received, connections.length, nameCountedPeriod(range, countedSince)),
          comparison:
            deliveredBefore === undefined
              ? undefined
              : formatComparison(getCountTrend(delivered, deliveredBefore), range, countedSince),
        })}
      </LoadedFigure>
      <LoadedFigure
        label={
          <RouterAnchor to="/sites/$site/match-quality" params={params} inherit underline="hover">
            Match quality
          </RouterAnchor>
        }
        load={matches}
      >
        {({ figure: { now, before, label }, countedSince }) => ({
          value: formatShare(now),
          ...(now
            ? {
                description: `of delivered purchases have ${label === undefined ? 'their most common match key' : `the match key ${label}`}`,
                comparison: formatComparison(getShareTrend(now, before), range, countedSince),
              }
            : { description: `No purchases delivered ${nameCountedPeriod(range, countedSince)}.` }),
        })}
      </LoadedFigure>
      <LoadedFigure
        label={
          <RouterAnchor to="/sites/$site/accuracy" params={params} inherit underline="hover">
            Accuracy
          </RouterAnchor>
        }
        load={accuracy}
      >
        {({ figure, countedSince }) =>
          figure
            ? {
                value: formatShare(figure.now),
                description: describeOrders(figure, connections.length < 2 ? undefined : names[figure.connection]),
                comparison: formatComparison(getShareTrend(figure.now, figure.before), range, countedSince),
              }
            : {
                value: formatShare(undefined),
                description: (
                  <>
                    No shop orders {nameCountedPeriod(range, countedSince)}.{' '}
                    <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'accuracy' }} inherit>
                      About accuracy
                    </RouterAnchor>
                  </>
                ),
              }
        }
      </LoadedFigure>
      <Figure
        label={
          letters[0] && dead > 0 ? (
            <RouterAnchor
              to="/sites/$site/destinations/$connection"
              params={{ site, connection: letters[0].id }}
              search={{ tab: 'failed' }}
              inherit
              underline="hover"
            >
              Failed events
            </RouterAnchor>
          ) : (
            'Failed events'
          )
        }
        value={formatCompact(dead)}
        isBad={dead > 0}
        description={dead === 0 ? 'No event needs your decision.' : describeDead(deadPurchases)}
      />
    </SimpleGrid>
  );
}

function describeReceived(received: number, connections: number, period: string): string {
  if (connections < 2) return `of ${pluralize(received, 'event')} received ${period}`;
  return `to ${connections} connections ${period}, ${pluralize(received, 'event')} received`;
}

/** Describes the orders, those that only browsers reported with their own amounts. */
function describeReported(figures: MoneyFigures | undefined, period: string, range: ResolvedRange): ReactNode {
  const { orders, withoutValue } = figures?.reported ?? { orders: 0, withoutValue: 0 };
  const alone = figures?.browsersAlone;
  const lines = [
    ...(orders === 0 ? [`No orders ${period}`] : [`${pluralize(orders, 'order')} ${period}`]),
    ...(withoutValue > 0 ? [`${formatInteger(withoutValue)} without a value`] : []),
  ].join(', ');
  const refunds = figures ? describeRefunds(figures.refunds, range) : undefined;
  if (alone === undefined || alone.orders === 0)
    return (
      <>
        {lines}. {refunds}
      </>
    );
  const amounts = alone.amounts.map(({ amount, currency }) => formatMoney(amount, currency)).join(' + ');
  return (
    <>
      {lines}. <b>Browsers alone:</b> {pluralize(alone.orders, 'order')}
      {amounts !== '' && `, ${amounts}`}. {refunds}
    </>
  );
}

/** Describes the refunds of the range, which count on the day of the refund. Refunds of earlier days may be missing. */
function describeRefunds({ count, amounts, since }: RefundFigure, range: ResolvedRange): ReactNode {
  const isPartial = since > range.since;
  const known = isPartial ? ` Refunds are known ${nameCountedPeriod(range, since)}.` : '';
  if (count === 0) return isPartial ? known.trim() : undefined;
  const refunded = amounts.map((one) => formatMoney(one.refunded, one.currency)).join(' + ');
  const net = amounts.map((one) => formatMoney(one.net, one.currency)).join(' + ');
  return (
    <>
      <b>Refunded:</b> {pluralize(count, 'refund')}
      {refunded !== '' && `, ${refunded}, which leaves ${net} net`}. They count on their own day, also those of earlier orders.
      {known}
    </>
  );
}

function describeDelivered(figures: MoneyFigures | undefined, period: string, names: Readonly<Record<string, string>>): string {
  const delivered = figures?.delivered;
  if (!delivered) return 'No platform is connected.';
  const { orders, withoutValue, connection } = delivered;
  const name = names[connection] ?? connection;
  const parts = [
    `${orders === 0 ? 'No orders' : pluralize(orders, 'order')} delivered to ${name} ${period}`,
    ...(withoutValue > 0 ? [`${formatInteger(withoutValue)} without a value`] : []),
  ].join(', ');
  return `${parts}${Object.keys(names).length > 1 ? '. Other platforms have as many or more.' : '.'}`;
}

function describeOrders({ now, explained, missing }: AccuracyFigure, lowest: string | undefined): string {
  const parts = [
    ...(explained > 0 ? [`${formatInteger(explained)} explained`] : []),
    missing === 0 ? 'none missing' : `${formatInteger(missing)} missing`,
  ];
  const where = lowest === undefined ? '' : ` by ${lowest}, the lowest of the platforms`;
  return `of ${pluralize(now.all, 'shop order')} accepted${where}: ${parts.join(', ')}`;
}

function describeDead(purchases: number): string {
  return purchases === 0 ? 'not delivered, no purchases' : `not delivered, including ${pluralize(purchases, 'purchase')}`;
}

interface FigureTexts {
  readonly value: ReactNode;
  readonly description: ReactNode;
  /** The change against the period before. Absent if the figure has none. */
  readonly comparison?: string | undefined;
}

interface LoadedFigureProps<T> {
  readonly label: ReactNode;
  readonly load: LoadState<T>;
  readonly children: (data: T) => FigureTexts;
}

/** Shows a figure once it is known. Until then it claims nothing, and a failed request is no figure. */
function LoadedFigure<T>({ label, load, children }: LoadedFigureProps<T>) {
  if (load.state === 'loaded') return <Figure label={label} {...children(load.data)} />;
  const isLoading = load.state === 'loading';
  return (
    <Figure
      label={label}
      value={isLoading ? <Skeleton height={26} width={90} my={4} /> : '–'}
      description={isLoading ? <span className="unseen">Loading</span> : 'Could not be loaded. The page tries again.'}
    />
  );
}

interface FigureProps extends FigureTexts {
  readonly label: ReactNode;
  readonly isBad?: boolean;
}

function Figure({ label, value, description, comparison, isBad = false }: FigureProps) {
  return (
    // As high as with its texts, so that the page does not move when they are loaded.
    <Paper withBorder p="md" mih={{ base: 230, lg: 196, xl: 152 }}>
      <Text size="sm" fw={600} component="h3">
        {label}
      </Text>
      <Text
        component="div"
        fz={{ base: 20, sm: 24 }}
        fw={650}
        lh={1.4}
        className="figures"
        {...(isBad && { c: 'var(--mantine-color-error)' })}
      >
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {description}
      </Text>
      {comparison !== undefined && (
        <Text size="xs" c="dimmed" className="figures">
          {comparison}
        </Text>
      )}
    </Paper>
  );
}
