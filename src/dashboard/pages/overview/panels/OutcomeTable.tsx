import { Box, Button, Collapse, Group, Paper, Table, Text, Title } from '@mantine/core';
import { useDisclosure, useId } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { type ConnectionView, outcomeSentence, type SiteSettingsView } from '../../../../api/client.ts';
import { firstSentence, formatInteger } from '../../../components/display/format.ts';
import { HealthBadge } from '../../../components/display/HealthBadge.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import { describeRange, nameRange } from '../../../components/display/range-labels.ts';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import type { ResolvedRange } from '../../../data/range.ts';
import { useDestination } from '../../../data/use-destination.ts';
import { type ConnectionDay, type DaySummary, summarizeDay } from '../summary/day-summary.ts';

interface OutcomeTableProps {
  readonly site: SiteSettingsView;
  readonly connections: readonly ConnectionView[];
  readonly range: ResolvedRange;
  readonly nameOf: (destination: string | undefined) => string;
}

/** Shows the current outcomes of the events of the range and of the period before. Counted once it is opened. */
export function OutcomeTable({ site, connections, range, nameOf }: OutcomeTableProps) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const id = useId();
  return (
    <Paper component="section" withBorder p={{ base: 'md', md: 'lg' }} aria-label="Events by outcome">
      <Group justify="space-between" gap="sm">
        <Box miw={0}>
          <Title order={2}>Events by outcome</Title>
          <Text c="dimmed" size="sm">
            Every event received {describeRange(range)} by its current outcome.
          </Text>
        </Box>
        <Button variant="default" size="xs" onClick={toggle} aria-expanded={isOpen} aria-controls={id}>
          {isOpen ? 'Hide table' : 'Show table'}
        </Button>
      </Group>
      <Collapse expanded={isOpen} id={id}>
        {isOpen && <Outcomes site={site} connections={connections} range={range} nameOf={nameOf} />}
      </Collapse>
    </Paper>
  );
}

function Outcomes({ site, connections, range, nameOf }: OutcomeTableProps) {
  const { since, until, before } = range;
  const fresh = { everyMs: 60_000, keepsPrevious: true };
  const totals = useApiQuery('GET /api/totals', { site: site.id, since, until }, fresh);
  const totalsBefore = useApiQuery(
    'GET /api/totals',
    { site: site.id, since: before?.since ?? since, until: before?.until ?? until },
    { ...fresh, enabled: before !== undefined },
  );
  const isShort = site.connections.length > 2;
  const earlier = before && totalsBefore.data ? summarizeDay(totalsBefore.data, site.id) : undefined;
  return (
    <QueryState query={totals} height={240}>
      {(data) => {
        const now = summarizeDay(data, site.id);
        const both = (read: (day: DaySummary) => number) => [read(now), earlier && read(earlier)] as const;
        return (
          <Table mt="md" verticalSpacing={6} horizontalSpacing={0} withRowBorders={false} layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>
                  <span className="unseen">Events</span>
                </Table.Th>
                <Table.Th w={{ base: 92, sm: 120 }} ta="right">
                  {nameRange(range.range)}
                </Table.Th>
                {before && (
                  <Table.Th w={{ base: 92, sm: 120 }} ta="right">
                    Before
                  </Table.Th>
                )}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              <Line name="Received" description="From browsers and servers" figures={both(({ received }) => received)} isStrong />
              <Line
                name="Duplicate reports"
                description="Further reports of the same event. They count once."
                figures={both(({ duplicates }) => duplicates)}
                isOptional
              />
              <Line
                name={
                  <RouterAnchor to="/sites/$site/events" params={{ site: site.id }} search={{ rejected: 'any' }} inherit>
                    Rejected
                  </RouterAnchor>
                }
                description="Invalid events, not counted as received"
                figures={both(({ rejected }) => rejected)}
              />
            </Table.Tbody>
            {site.connections.map((one) => (
              <ConnectionRows
                key={one.id}
                site={site.id}
                connection={one.id}
                destination={one.destination}
                platform={nameOf(one.destination)}
                isShort={isShort}
                view={connections.find((view) => view.id === one.id)}
                now={now.connections.find(({ connection }) => connection === one.id)}
                earlier={earlier && (earlier.connections.find(({ connection }) => connection === one.id) ?? 'none')}
              />
            ))}
          </Table>
        );
      }}
    </QueryState>
  );
}

interface ConnectionRowsProps {
  readonly site: string;
  readonly connection: string;
  readonly destination: string;
  readonly platform: string;
  /** Whether states without events are left out, because the site has many connections. */
  readonly isShort: boolean;
  readonly view: ConnectionView | undefined;
  readonly now: ConnectionDay | undefined;
  /** Undefined if nothing is compared, `none` for a connection without events then. */
  readonly earlier: ConnectionDay | 'none' | undefined;
}

/** The lines of the events that are neither accepted nor skipped. */
const undelivered = [
  { count: 'merged', name: 'Merged', description: 'Duplicate reports, merged with the first report', isOptional: true },
  {
    count: 'waiting',
    name: outcomeLabels.waiting,
    description: 'Waiting for a duplicate report, consent or a retry',
    isStrong: true,
  },
  { count: 'unsent', name: outcomeLabels.undelivered, description: 'Queued for delivery', isStrong: true },
  {
    count: 'beforeStart',
    name: 'Before this connection',
    description: 'Received before the connection existed. Replay them to send them.',
    isOptional: true,
  },
  { count: 'dead', name: 'Failed events', description: 'Could not be delivered. Retry or drop them.', isStrong: true },
  {
    count: 'lost',
    name: 'Lost',
    description: 'Received, but in none of the lines above. Report any number but 0 as a bug.',
    isStrong: true,
  },
] as const;

function ConnectionRows({ site, connection, destination, platform, isShort, view, now, earlier }: ConnectionRowsProps) {
  const skipTexts = useDestination(destination)?.skipTexts;
  const before = earlier === 'none' ? undefined : earlier;
  const both = (read: (day: ConnectionDay) => number) => [now ? read(now) : 0, earlier && (before ? read(before) : 0)] as const;
  const reasons = new Set([...(now?.reasons ?? []), ...(before?.reasons ?? [])].map(({ reason }) => reason));
  return (
    <Table.Tbody>
      <Table.Tr>
        <Table.Th colSpan={earlier ? 3 : 2} scope="rowgroup" pt="lg">
          <Group gap="xs">
            <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site, connection }} inherit>
              {platform}
            </RouterAnchor>
            <Text span size="sm" fw={400} c="dimmed">
              {connection}
            </Text>
            {view && <HealthBadge health={view.health} />}
          </Group>
        </Table.Th>
      </Table.Tr>
      <Line name={`Delivered to ${platform}`} figures={both(({ accepted }) => accepted)} isStrong />
      <Line
        name={outcomeLabels['awaiting-verdict']}
        description={`Received by ${platform}, which gives its verdict later`}
        figures={both(({ awaiting }) => awaiting)}
        isOptional
      />
      <Line
        name={outcomeLabels.unverified}
        description={`Received by ${platform}, which gave no verdict`}
        figures={both(({ unverified }) => unverified)}
        isOptional
      />
      <Line
        name="Skipped"
        description="Intentionally not sent, by reason"
        figures={both(({ skipped }) => skipped)}
        isStrong
        isOptional={isShort}
      />
      {[...reasons].map((reason) => (
        <Line
          key={reason}
          name={
            <RouterAnchor to="/sites/$site/events" params={{ site }} search={{ outcome: [reason], connection }} inherit>
              {skipLabels[reason]}
            </RouterAnchor>
          }
          description={<InlineCode text={firstSentence(outcomeSentence(reason, skipTexts))} />}
          figures={both((day) => day.reasons.find((one) => one.reason === reason)?.events ?? 0)}
          isPart
        />
      ))}
      {undelivered.map(({ count, ...line }) => (
        <Line key={count} isOptional={isShort} {...line} figures={both((day) => day[count])} />
      ))}
    </Table.Tbody>
  );
}

interface LineProps {
  readonly name: ReactNode;
  readonly description?: ReactNode;
  /** The figures of the range and, if it is compared, of the period before. */
  readonly figures: readonly [now: number, before: number | undefined];
  readonly isStrong?: boolean;
  /** Whether the line is part of the line above it. */
  readonly isPart?: boolean;
  /** Whether the line is hidden if both figures are 0. */
  readonly isOptional?: boolean;
}

function Line({ name, description, figures, isStrong = false, isPart = false, isOptional = false }: LineProps) {
  if (isOptional && figures.every((figure) => !figure)) return null;
  const weight = isStrong ? 600 : 400;
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={weight} pl={isPart ? 'md' : 0}>
        <Box>{name}</Box>
        {description !== undefined && (
          <Text size="xs" c="dimmed" fw={400}>
            {description}
          </Text>
        )}
      </Table.Th>
      {figures.map(
        (figure, at) =>
          figure !== undefined && (
            <Table.Td
              key={at === 0 ? 'now' : 'before'}
              ta="right"
              fw={weight}
              {...((figure === 0 || at === 1) && { c: 'dimmed' })}
              className="figures"
            >
              {formatInteger(figure)}
            </Table.Td>
          ),
      )}
    </Table.Tr>
  );
}
