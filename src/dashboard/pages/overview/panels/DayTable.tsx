import { Box, Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { type ConnectionView, outcomeSentence, type SiteSettingsView } from '../../../../api/client.ts';
import { firstSentence, formatInteger } from '../../../components/display/format.ts';
import { HealthBadge } from '../../../components/display/HealthBadge.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { ConnectionDay, DaySummary } from '../summary/day-summary.ts';

interface DayTableProps {
  readonly site: SiteSettingsView;
  readonly connections: readonly ConnectionView[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  readonly nameOf: (destination: string | undefined) => string;
}

/** Where every event of two days is by now. */
export function DayTable({ site, connections, today, yesterday, nameOf }: DayTableProps) {
  return (
    <Panel title="Today and yesterday" description="Days as your clock has them. Where each event is by now.">
      <Table verticalSpacing={6} horizontalSpacing={0} withRowBorders={false} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <span className="unseen">What</span>
            </Table.Th>
            <Table.Th w={{ base: 60, sm: 80 }} ta="right">
              Today
            </Table.Th>
            <Table.Th w={{ base: 92, sm: 96 }} ta="right">
              Yesterday
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <Line name="Received" description="From browsers and servers" figures={[today.received, yesterday.received]} isStrong />
          <Line
            name="Further reports of the same"
            description="Browser and server told of one event: it counts once"
            figures={[today.duplicates, yesterday.duplicates]}
            isOptional
          />
          <Line
            name={
              <RouterAnchor to="/sites/$site/rejections" params={{ site: site.id }} inherit>
                Not accepted
              </RouterAnchor>
            }
            description="Refused at the door, with the reason; not among those received"
            figures={[today.rejected, yesterday.rejected]}
          />
        </Table.Tbody>
        {site.connections.map(({ id, destination }) => (
          <ConnectionRows
            key={id}
            site={site.id}
            connection={id}
            platform={nameOf(destination)}
            view={connections.find((one) => one.id === id)}
            today={today.connections.find(({ connection }) => connection === id)}
            yesterday={yesterday.connections.find(({ connection }) => connection === id)}
          />
        ))}
      </Table>
    </Panel>
  );
}

interface ConnectionRowsProps {
  readonly site: string;
  readonly connection: string;
  readonly platform: string;
  readonly view: ConnectionView | undefined;
  readonly today: ConnectionDay | undefined;
  readonly yesterday: ConnectionDay | undefined;
}

function ConnectionRows({ site, connection, platform, view, today, yesterday }: ConnectionRowsProps) {
  const both = (of: (tally: ConnectionDay) => number) => [today ? of(today) : 0, yesterday ? of(yesterday) : 0] as const;
  const reasons = new Set([...(today?.reasons ?? []), ...(yesterday?.reasons ?? [])].map(({ reason }) => reason));
  return (
    <Table.Tbody>
      <Table.Tr>
        <Table.Th colSpan={3} scope="rowgroup" pt="lg">
          <Group gap="xs">
            <RouterAnchor to="/sites/$site/destinations/$connection" params={{ site, connection }} inherit>
              {connection}
            </RouterAnchor>
            <Text span size="sm" fw={400} c="dimmed">
              {platform}
            </Text>
            {view && <HealthBadge health={view.health} />}
          </Group>
        </Table.Th>
      </Table.Tr>
      <Line name={`Accepted by ${platform}`} figures={both(({ accepted }) => accepted)} isStrong />
      <Line name="Skipped" description="Nothing is wrong with them" figures={both(({ skipped }) => skipped)} isStrong />
      {[...reasons].map((reason) => (
        <Line
          key={reason}
          name={
            <RouterAnchor to="/sites/$site/events" params={{ site }} search={{ outcome: [reason], connection }} inherit>
              {skipLabels[reason]}
            </RouterAnchor>
          }
          description={<InlineCode text={firstSentence(outcomeSentence(reason))} />}
          figures={both((tally) => tally.reasons.find((one) => one.reason === reason)?.events ?? 0)}
          isPart
        />
      ))}
      <Line
        name="Joined with their first report"
        description="The further reports: what they knew was added"
        figures={both(({ merged: joined }) => joined)}
        isOptional
      />
      <Line
        name="Waiting"
        description="For their copy, for consent, or for the next try"
        figures={both(({ waiting }) => waiting)}
        isStrong
      />
      <Line
        name="Not sent yet"
        description="The connection comes to them in turn"
        figures={both(({ unsent }) => unsent)}
        isStrong
      />
      <Line
        name="Before the connection began"
        description="They came earlier, so it does not send them"
        figures={both(({ beforeStart: earlier }) => earlier)}
        isOptional
      />
      <Line
        name="Dead letters"
        description="Could not be sent; they go only if somebody says so"
        figures={both(({ dead }) => dead)}
        isStrong
      />
      <Line
        name="Lost"
        description="What came, less every line of this connection: 0 means that all is accounted for"
        figures={both(({ lost }) => lost)}
        isStrong
      />
    </Table.Tbody>
  );
}

interface LineProps {
  readonly name: ReactNode;
  readonly description?: ReactNode;
  readonly figures: readonly [today: number, yesterday: number];
  readonly isStrong?: boolean;
  /** One part of the line above it. */
  readonly isPart?: boolean;
  /** Not shown where there is none. */
  readonly isOptional?: boolean;
}

function Line({ name, description: says, figures, isStrong = false, isPart = false, isOptional = false }: LineProps) {
  if (isOptional && figures.every((figure) => figure === 0)) return null;
  const weight = isStrong ? 600 : 400;
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={weight} pl={isPart ? 'md' : 0}>
        <Box>{name}</Box>
        {says !== undefined && (
          <Text size="xs" c="dimmed" fw={400}>
            {says}
          </Text>
        )}
      </Table.Th>
      {figures.map((figure, at) => (
        <Table.Td
          key={at === 0 ? 'today' : 'yesterday'}
          ta="right"
          fw={weight}
          {...((figure === 0 || at === 1) && { c: 'dimmed' })}
          className="figures"
        >
          {formatInteger(figure)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
