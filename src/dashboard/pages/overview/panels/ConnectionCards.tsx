import { Box, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { ConnectionView, ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { formatCompact, formatDuration, formatInteger, pluralize } from '../../../components/display/format.ts';
import { HealthMessage } from '../../../components/display/HealthMessage.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { nameCountedPeriod } from '../../../components/display/trends.ts';
import { ConnectionHeading } from '../../../components/layout/ConnectionHeading.tsx';
import { IssueHead } from '../../../components/layout/IssueRows.tsx';
import type { ConnectionSummary } from '../summary/range-summary.ts';
import type { RangeData } from '../summary/use-range-figures.ts';

const Sparkline = lazy(() =>
  import('../../../components/charts/Sparkline.tsx').then((module) => ({ default: module.Sparkline })),
);

interface ConnectionCardsProps {
  readonly site: SiteSettingsView;
  readonly connections: readonly ConnectionView[];
  /** The issues of the site, the worst first. */
  readonly issues: readonly ReportedIssue[];
  readonly data: Pick<RangeData, 'range' | 'summary'>;
  readonly nameOf: (destination: string | undefined) => string;
}

/** Shows each connection, ordered by need, with its health, its waiting events and its deliveries of the range. */
export function ConnectionCards({ site, connections, issues, data: { range, summary }, nameOf }: ConnectionCardsProps) {
  if (site.connections.length === 0) return null;
  return (
    <Box component="section" aria-label="Connections">
      <Box mb="sm">
        <Title order={2}>Connections</Title>
        <Text c="dimmed" size="sm">
          Current state, and deliveries {nameCountedPeriod(range, summary?.countedSince)}.
        </Text>
      </Box>
      <SimpleGrid
        component="ul"
        cols={{ base: 1, sm: 2, xl: Math.min(3, Math.max(2, site.connections.length)) }}
        spacing="lg"
        p={0}
        m={0}
        style={{ listStyle: 'none' }}
      >
        {sortByIssue(site.connections, issues).map(({ id, destination, isLive }) => (
          <ConnectionCard
            key={id}
            site={site.id}
            id={id}
            name={nameOf(destination)}
            isLive={isLive}
            issue={issues.find(({ connection }) => connection === id)}
            view={connections.find((one) => one.id === id)}
            summary={summary?.connections.find(({ connection }) => connection === id)}
          />
        ))}
      </SimpleGrid>
    </Box>
  );
}

/** Returns the connections with those that have the worst issues first, and otherwise in their order. */
function sortByIssue<T extends { readonly id: string }>(
  connections: readonly T[],
  issues: readonly ReportedIssue[],
): readonly T[] {
  const getPlace = ({ id }: T) => {
    const place = issues.findIndex(({ connection }) => connection === id);
    return place < 0 ? issues.length : place;
  };
  return connections.toSorted((one, other) => getPlace(one) - getPlace(other));
}

interface ConnectionCardProps {
  readonly site: string;
  readonly id: string;
  readonly name: string;
  readonly isLive: boolean;
  /** Its worst issue. */
  readonly issue: ReportedIssue | undefined;
  readonly view: ConnectionView | undefined;
  readonly summary: ConnectionSummary | undefined;
}

function ConnectionCard({ site, id, name, isLive, issue, view, summary }: ConnectionCardProps) {
  return (
    <Paper component="li" withBorder p="md">
      <Stack gap="xs">
        <ConnectionHeading site={site} connection={id} name={name} isLive={isLive} health={view?.health} order={3} />
        {issue && (
          <Stack gap={4}>
            <IssueHead issue={issue} hasSites={false} />
            <Text size="sm" fw={600}>
              <InlineCode text={issue.sentence} />
            </Text>
          </Stack>
        )}
        <Text size="sm">
          {view ? <HealthMessage says={view.says} nextTryAt={view.nextTryAt} /> : 'Not running. Events are stored but not sent.'}
        </Text>
        <Box h={44}>
          {summary ? (
            <Suspense fallback={<Skeleton height={44} />}>
              <Sparkline values={summary.course} height={44} />
            </Suspense>
          ) : (
            <Skeleton height={44} />
          )}
        </Box>
        <SimpleGrid component="dl" cols={3} spacing="xs" m={0}>
          <Fact
            label="Delivered"
            value={summary ? formatCompact(summary.delivered) : '–'}
            {...(summary && { title: formatInteger(summary.delivered) })}
          />
          <Fact
            label="Waiting"
            value={view ? formatWaiting(view) : '–'}
            {...(view && { title: pluralize(view.waiting, 'event') })}
          />
          <Fact label="Failed events" value={view ? formatCompact(view.deadLetters) : '–'} isBad={(view?.deadLetters ?? 0) > 0} />
        </SimpleGrid>
      </Stack>
    </Paper>
  );
}

function formatWaiting({ waiting, lag }: ConnectionView): string {
  return waiting === 0 || lag.ms === 0 ? formatCompact(waiting) : `${formatCompact(waiting)}, ${formatDuration(lag.ms)}`;
}

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly title?: string;
  readonly isBad?: boolean;
}

function Fact({ label, value, title, isBad = false }: FactProps) {
  return (
    <Box>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text
        component="dd"
        m={0}
        size="sm"
        fw={600}
        className="figures"
        {...(title !== undefined && { title })}
        {...(isBad && { c: 'var(--mantine-color-error)' })}
      >
        {value}
      </Text>
    </Box>
  );
}
