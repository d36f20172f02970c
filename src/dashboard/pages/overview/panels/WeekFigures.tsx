import { Paper, SimpleGrid, Skeleton, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConnectionView } from '../../../../api/client.ts';
import { formatCompact, formatInteger, pluralize } from '../../../components/display/format.ts';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { WeekData } from '../summary/use-week.ts';
import { formatShare, getCountTrend, getShareTrend, type Trend } from '../summary/week-figures.ts';

interface WeekFiguresProps {
  readonly site: string;
  readonly week: WeekData;
  /** The site's connections. */
  readonly connections: readonly ConnectionView[];
}

/** Shows the figures of the last seven days, each with its change against the seven days before. */
export function WeekFigures({ site, week: { summary, matches, accuracy }, connections }: WeekFiguresProps) {
  const params = { site };
  const letters = connections.toSorted((a, b) => b.deadLetters - a.deadLetters);
  const dead = letters.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  const deadPurchases = letters.reduce((sum, one) => sum + one.deadPurchases, 0);
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'sm', sm: 'lg' }}>
      <Figure
        label={
          <RouterAnchor to="/sites/$site/events" params={params} search={{ outcome: ['delivered'] }} inherit underline="hover">
            Delivered
          </RouterAnchor>
        }
        value={summary && <span title={formatInteger(summary.delivered)}>{formatCompact(summary.delivered)}</span>}
        trend={summary && getCountTrend(summary.delivered, summary.deliveredBefore)}
        description={summary ? describeReceived(summary.received, connections.length) : ''}
      />
      <Figure
        label={
          <RouterAnchor to="/sites/$site/match-quality" params={params} inherit underline="hover">
            Match quality
          </RouterAnchor>
        }
        value={matches && formatShare(matches.now)}
        trend={matches && getShareTrend(matches.now, matches.before)}
        description={
          matches?.now
            ? `of purchases have ${matches.label === undefined ? 'their most common match key' : `the match key ${matches.label}`}`
            : 'No purchases delivered yet.'
        }
      />
      <Figure
        label={
          <RouterAnchor to="/sites/$site/accuracy" params={params} inherit underline="hover">
            Accuracy
          </RouterAnchor>
        }
        value={accuracy && formatShare(accuracy.now)}
        trend={accuracy && getShareTrend(accuracy.now, accuracy.before)}
        description={
          accuracy?.now ? (
            describeOrders(accuracy.missing, connections.length)
          ) : (
            <>
              No shop orders yet.{' '}
              <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'accuracy' }} inherit>
                Add a webhook
              </RouterAnchor>
            </>
          )
        }
      />
      <Figure
        label={
          letters[0] && dead > 0 ? (
            <RouterAnchor
              to="/sites/$site/destinations/$connection"
              params={{ site, connection: letters[0].id }}
              inherit
              underline="hover"
            >
              Dead letters
            </RouterAnchor>
          ) : (
            'Dead letters'
          )
        }
        value={formatCompact(dead)}
        isBad={dead > 0}
        description={dead === 0 ? 'Every event could be delivered.' : describeDead(deadPurchases)}
      />
    </SimpleGrid>
  );
}

function describeReceived(received: number, connections: number): string {
  if (connections < 2) return `of ${pluralize(received, 'event')} received in 7 days`;
  return `to ${connections} connections in 7 days, ${pluralize(received, 'event')} received`;
}

function describeOrders(missing: number, connections: number): string {
  const where = connections < 2 ? '' : ', all platforms together';
  return `of shop orders accounted for${where}, ${formatInteger(missing)} missing`;
}

function describeDead(purchases: number): string {
  return purchases === 0 ? 'not delivered, no purchases' : `not delivered, including ${pluralize(purchases, 'purchase')}`;
}

interface FigureProps {
  readonly label: ReactNode;
  /** Undefined until loaded. */
  readonly value: ReactNode;
  /** Undefined if there is nothing to compare with. Absent if the figure has no trend. */
  readonly trend?: Trend | undefined;
  readonly description: ReactNode;
  readonly isBad?: boolean;
}

const directions = { up: '▲ Up', down: '▼ Down' } as const;

function formatTrend({ direction, text }: Trend): string {
  return `${direction === 'same' ? text : `${directions[direction]} ${text}`} vs. previous 7 days`;
}

function Figure({ label, value, description, isBad = false, ...more }: FigureProps) {
  const comparison =
    'trend' in more && value !== undefined ? (more.trend ? formatTrend(more.trend) : 'Nothing to compare with yet') : undefined;
  return (
    <Paper withBorder p="md" mih={132}>
      <Text size="sm" fw={600} component="h3">
        {label}
      </Text>
      {value === undefined ? (
        <Skeleton height={34} width={90} my={4} />
      ) : (
        <Text fz={28} fw={650} lh={1.5} className="figures" {...(isBad && { c: 'var(--mantine-color-error)' })}>
          {value}
        </Text>
      )}
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
