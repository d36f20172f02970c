import { Badge, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { formatInteger } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { getWorst, rankSite, type SiteRow, type Sorting, type SortKey } from './site-table-rows.ts';

/** A phone shows the first column of figures, and the others as text below the status. */
const columns = [
  { key: 'received', label: 'Received today' },
  { key: 'accepted', label: 'Delivered' },
  { key: 'waiting', label: 'Waiting' },
  { key: 'dead', label: 'Failed events' },
  { key: 'missing', label: 'Orders missing' },
  { key: 'yesterday', label: 'Received yesterday' },
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
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}

export function SiteTable({ rows, sorting, onSort }: SiteTableProps) {
  const heads = { sorting, onSort };
  return (
    <Table.ScrollContainer
      minWidth={280}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': 'Sites table' } }}
    >
      <Table miw={{ base: 280, sm: 760 }} highlightOnHover horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <HeaderCell {...heads} by="name" label="Site" />
            <HeaderCell {...heads} by="state" label="Status" />
            {columns.map(({ key, label }) => (
              <HeaderCell key={key} {...heads} by={key} label={label} isNumber visibleFrom="sm" />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <SiteTableRow key={row.id} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function SiteTableRow({ row }: { readonly row: SiteRow }) {
  const rank = rankSite(row);
  const { label, color } = stateBadges[rank] ?? stateBadges[4];
  const worst = getWorst(row);
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Th scope="row" fw={400} miw={130} maw={220} style={{ overflowWrap: 'anywhere', hyphens: 'auto' }}>
        <RouterAnchor to="/" search={{ site: row.id }} fw={600} size="sm">
          {row.name}
        </RouterAnchor>
        <Text size="xs" c="dimmed">
          {row.id}
        </Text>
      </Table.Th>
      <Table.Td miw={{ base: 132, sm: 150 }} maw={260}>
        <Badge color={color} px={6}>
          {label}
        </Badge>
        {worst !== undefined && (
          <Text size="xs" c="dimmed" mt={2}>
            <InlineCode text={worst} />
          </Text>
        )}
        <Text size="xs" hiddenFrom="sm" mt={2}>
          {columns.map(({ key, label }) => `${label}: ${formatFigure(row[key])}`).join(' · ')}
        </Text>
      </Table.Td>
      {columns.map(({ key }) => (
        <Table.Td key={key} ta="right" className="figures" visibleFrom="sm" {...(row[key] === 0 && { c: 'dimmed' })}>
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
  readonly visibleFrom?: 'sm';
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
