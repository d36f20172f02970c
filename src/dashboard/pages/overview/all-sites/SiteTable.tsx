import { Badge, Box, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { formatInteger } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { IssueAction } from '../../../components/layout/IssueAction.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import type { ResolvedRange } from '../../../data/range.ts';
import { selectOpen } from '../../../data/use-issues.ts';
import { AcceptedOrders, OrderCount, OrderDays, Revenue } from './SiteOrderCells.tsx';
import { getWorst, rankSite, type SiteRow, type Sorting, type SortKey } from './site-table-rows.ts';

/** A narrow page shows them as text below the status. */
const columns = [
  { key: 'waiting', label: 'Waiting' },
  { key: 'dead', label: 'Failed events' },
  { key: 'missing', label: 'Orders missing' },
] as const;

const stateBadges = [
  { label: 'Urgent', color: 'red' },
  { label: 'Warning', color: 'orange' },
  { label: 'Note', color: 'gray' },
  { label: 'No events', color: 'gray' },
  { label: 'Working', color: 'jade' },
] as const;

interface SiteTableProps {
  readonly rows: readonly SiteRow[];
  /** The range of the orders. */
  readonly range: ResolvedRange;
  /** Whether the orders could not be loaded. */
  readonly isFailed: boolean;
  /** Whether the orders of the last days could not be loaded. */
  readonly haveDaysFailed: boolean;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

export function SiteTable({ rows, range, isFailed, haveDaysFailed, sorting, onSort }: SiteTableProps) {
  const heads = { sorting, onSort };
  return (
    <Table.ScrollContainer
      minWidth={280}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Sites table' } }}
    >
      <Table miw={{ base: 280, lg: 800 }} highlightOnHover horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <HeaderCell {...heads} by="name" label="Site" />
            <HeaderCell {...heads} by="state" label="Status" />
            <HeaderCell {...heads} by="orders" label="Orders" isNumber visibleFrom="lg" />
            <Table.Th ta="right" fz="sm" visibleFrom="lg">
              Revenue
            </Table.Th>
            <Table.Th fz="sm" visibleFrom="lg">
              Accepted
            </Table.Th>
            {columns.map(({ key, label }) => (
              <HeaderCell key={key} {...heads} by={key} label={label} isNumber visibleFrom="lg" />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <SiteTableRow key={row.id} row={row} range={range} isFailed={isFailed} haveDaysFailed={haveDaysFailed} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function SiteTableRow({
  row,
  range,
  isFailed,
  haveDaysFailed,
}: { readonly row: SiteRow } & Pick<SiteTableProps, 'range' | 'isFailed' | 'haveDaysFailed'>) {
  const rank = rankSite(row);
  const { label, color } = stateBadges[rank] ?? stateBadges[4];
  const worst = getWorst(row);
  const [issue] = selectOpen(row.issues);
  const orders = row.orders ?? (isFailed ? 'failed' : 'loading');
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={400} miw={130} maw={220} style={{ overflowWrap: 'anywhere', hyphens: 'auto' }}>
        <RouterAnchor to="/" search={{ site: row.id }} fw={600} size="sm">
          {row.name}
        </RouterAnchor>
        <Text size="xs" c="dimmed">
          {row.id}
        </Text>
        {row.assignee !== undefined && (
          <Text size="xs" c="dimmed">
            Assigned to {row.assignee}
          </Text>
        )}
      </Table.Th>
      <Table.Td miw={{ base: 132, lg: 150 }} maw={{ lg: 260 }}>
        <Badge color={color} px={6}>
          {label}
        </Badge>
        {worst !== undefined && (
          <Text size="xs" c="dimmed" mt={2}>
            <InlineCode text={worst} />
          </Text>
        )}
        {issue && (
          <Box mt={6}>
            <IssueAction issue={issue} />
          </Box>
        )}
        <Box hiddenFrom="lg" mt={6} fz="xs">
          <OrderCount orders={orders} range={range} label="Orders: " />
          {(typeof orders === 'string' || orders.count > 0) && (
            <>
              <Revenue orders={orders} range={range} />
              <AcceptedOrders orders={orders} />
            </>
          )}
        </Box>
        <Text size="xs" hiddenFrom="lg" mt={2}>
          {columns.map(({ key, label }) => `${label}: ${formatFigure(row[key])}`).join(' · ')}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="figures" visibleFrom="lg">
        <OrderCount orders={orders} range={range} />
        <OrderDays days={row.days ?? (haveDaysFailed ? 'failed' : 'loading')} />
      </Table.Td>
      <Table.Td ta="right" className="figures" visibleFrom="lg">
        <Revenue orders={orders} range={range} />
      </Table.Td>
      <Table.Td miw={150} visibleFrom="lg">
        <AcceptedOrders orders={orders} />
      </Table.Td>
      {columns.map(({ key }) => (
        <Table.Td key={key} ta="right" className="figures" visibleFrom="lg" {...(row[key] === 0 && { c: 'dimmed' })}>
          {formatFigure(row[key])}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** A figure that is not loaded is no zero. */
const formatFigure = (figure: number | undefined) => (figure === undefined ? '…' : formatInteger(figure));

interface HeaderCellProps {
  readonly by: SortKey;
  readonly label: string;
  readonly isNumber?: boolean;
  readonly visibleFrom?: 'lg';
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

/** Sorts by its column. A second click reverses the order. Numbers start with the largest. */
function HeaderCell({ by, label, isNumber = false, sorting, onSort, ...visibility }: HeaderCellProps) {
  const isChosen = sorting.by === by;
  return (
    <Table.Th {...visibility} aria-sort={isChosen ? (sorting.isDown ? 'descending' : 'ascending') : 'none'}>
      <UnstyledButton
        onClick={() => onSort({ by, isDown: isChosen ? !sorting.isDown : isNumber })}
        w="100%"
        fz="sm"
        fw={600}
        ta={isNumber ? 'right' : 'left'}
        style={{ overflowWrap: 'normal' }}
      >
        <Group gap={4} wrap="nowrap" justify={isNumber ? 'flex-end' : 'flex-start'}>
          {label}
          <span style={{ visibility: isChosen ? 'visible' : 'hidden', transform: sorting.isDown ? undefined : 'rotate(180deg)' }}>
            <Icon name="down" size={12} />
          </span>
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
