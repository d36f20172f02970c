import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { type AccuracyView, type ConnectionAccuracyView, isEventGap } from '../../../api/client.ts';
import { Explanation } from '../../components/display/Explanation.tsx';
import { formatAmountList, formatInteger, pluralize } from '../../components/display/format.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { gapLabels } from './accuracy-labels.ts';
import { groupGaps } from './compare-accuracy.ts';

interface GapListProps {
  readonly title: string;
  /** The name of the connection. */
  readonly name: string;
  readonly view: Pick<AccuracyView, 'site' | 'since' | 'until'>;
  readonly accuracy: ConnectionAccuracyView;
  readonly isExplained: boolean;
}

/** Lists the reasons why orders were not accepted, most frequent first, with links to the events. */
export function GapList({ title, name, view, accuracy, isExplained }: GapListProps) {
  const gaps = accuracy.gaps.filter((gap) => gap.isExplained === isExplained);
  if (gaps.length === 0) return null;
  return (
    <Box component="section" aria-label={`${title}: ${name}`}>
      <Title order={3} mb={4}>
        {title}
      </Title>
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {gaps.map((gap) => (
          <GapRow key={gap.gap} view={view} connection={accuracy.connection} gap={gap} />
        ))}
      </Stack>
    </Box>
  );
}

interface GapRowProps {
  readonly view: GapListProps['view'];
  readonly connection: string;
  readonly gap: ConnectionAccuracyView['gaps'][number];
}

/** The gaps whose orders are failed events. */
const failedGaps: ReadonlySet<string> = new Set(['rejected', 'expired', 'damaged']);

function GapRow({ view, connection, gap: { gap, orders, amounts, says, remedy, since } }: GapRowProps) {
  return (
    <GapItem
      orders={orders}
      amounts={amounts}
      title={
        <>
          <GapLink view={view} connection={connection} gap={gap}>
            {gapLabels[gap]}
          </GapLink>
          <WaitsSince at={since} />
        </>
      }
      says={says}
      remedy={remedy}
    >
      {failedGaps.has(gap) && (
        <RouterAnchor
          to="/sites/$site/destinations/$connection"
          params={{ site: view.site, connection }}
          search={{ tab: 'failed' }}
          size="sm"
        >
          View failed events
        </RouterAnchor>
      )}
    </GapItem>
  );
}

interface SharedGapListProps {
  readonly title: string;
  readonly view: AccuracyView;
  /** The names of the connections by id. */
  readonly names: Readonly<Record<string, string>>;
  readonly isExplained: boolean;
}

/** Lists each reason once, with the connections that have it and links to their events. */
export function SharedGapList({ title, view, names, isExplained }: SharedGapListProps) {
  const gaps = groupGaps(view.connections).filter((gap) => gap.isExplained === isExplained);
  if (gaps.length === 0) return null;
  return (
    <Panel
      title={title}
      description={
        isExplained ? 'Not sent for a known reason. No action needed.' : 'What to do first: the reason with the most orders.'
      }
    >
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {gaps.map((gap) => (
          <GapItem
            key={`${gap.gap} ${gap.says}`}
            orders={gap.orders}
            title={gapLabels[gap.gap]}
            says={gap.says}
            remedy={gap.remedy}
          >
            <Text size="sm" className="figures">
              {gap.connections.map(({ connection, orders, amounts, since }, nth) => (
                <Fragment key={connection}>
                  {nth > 0 && ' · '}
                  <GapLink view={view} connection={connection} gap={gap.gap}>
                    {names[connection] ?? connection}
                  </GapLink>{' '}
                  {formatInteger(orders)}
                  {amounts.length > 0 && ` (${formatAmountList(amounts)})`}
                  <WaitsSince at={since} />
                </Fragment>
              ))}
            </Text>
          </GapItem>
        ))}
      </Stack>
    </Panel>
  );
}

interface GapItemProps {
  readonly orders: number;
  /** The worth of the orders. Absent if connections have different ones. */
  readonly amounts?: ConnectionAccuracyView['gaps'][number]['amounts'];
  readonly title: ReactNode;
  readonly says: string;
  readonly remedy: string;
  readonly children: ReactNode;
}

function GapItem({ orders, amounts = [], title, says, remedy, children }: GapItemProps) {
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start" py="sm" className="row">
      <Text size="sm" fw={600} miw={36} ta="right" className="figures" title={pluralize(orders, 'order')}>
        {formatInteger(orders)}
      </Text>
      <Box miw={0} maw="75ch">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {amounts.length > 0 && (
          <Text size="sm" className="figures">
            {formatAmountList(amounts)}
          </Text>
        )}
        <Explanation says={says} remedy={remedy} />
        {children}
      </Box>
    </Group>
  );
}

interface GapLinkProps {
  readonly view: GapListProps['view'];
  readonly connection: string;
  readonly gap: ConnectionAccuracyView['gaps'][number]['gap'];
  readonly children: ReactNode;
}

/** Leads to the orders of a reason, if Convey received them. */
function GapLink({ view: { site }, connection, gap, children }: GapLinkProps) {
  if (!isEventGap(gap)) return children;
  return (
    <RouterAnchor to="/sites/$site/events" params={{ site }} search={{ connection, gap: [gap] }} inherit>
      {children}
    </RouterAnchor>
  );
}

function WaitsSince({ at }: { readonly at: number | undefined }) {
  if (at === undefined) return null;
  return (
    <Text span size="xs" c="dimmed" fw={400}>
      {' '}
      since <Timestamp at={at} />
    </Text>
  );
}
