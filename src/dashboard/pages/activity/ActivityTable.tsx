import { Table, Text } from '@mantine/core';
import { Fragment } from 'react';
import type { ActivityRow } from '../../../api/client.ts';
import { formatLongDay } from '../../components/display/format.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../components/layout/router-links.tsx';
import { nameActor } from '../../data/use-activity-marks.ts';
import styles from './Activity.module.css';

interface ActivityTableProps {
  readonly rows: readonly ActivityRow[];
  /** Whether the site and the connection of each change are shown. */
  readonly hasPlace: boolean;
}

/** Lists recorded changes by day, the newest first. */
export function ActivityTable({ rows, hasPlace }: ActivityTableProps) {
  return (
    <Table className="stacked">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Time</Table.Th>
          <Table.Th>Actor</Table.Th>
          <Table.Th>Change</Table.Th>
          {hasPlace && <Table.Th>Site and connection</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {[...Map.groupBy(rows, ({ at }) => formatLongDay(at))].map(([day, ofDay]) => (
          <Fragment key={day}>
            <Table.Tr>
              <Table.Th scope="rowgroup" colSpan={hasPlace ? 4 : 3} className={styles.day ?? ''}>
                {day}
              </Table.Th>
            </Table.Tr>
            {ofDay.map((row) => (
              <Table.Tr key={row.seq}>
                <Table.Td className="figures">
                  <Timestamp at={row.at} as="clock" />
                </Table.Td>
                <Table.Td fw={600} className={styles.place ?? ''}>
                  {nameActor(row)}
                </Table.Td>
                <Table.Td className={`whole ${styles.change}`}>{row.text}</Table.Td>
                {hasPlace && (
                  <Table.Td className={styles.place ?? ''}>
                    <Place row={row} />
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Fragment>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Place({ row: { site, connection } }: { readonly row: ActivityRow }) {
  if (site === undefined)
    return (
      <Text span size="sm" c="dimmed">
        All sites
      </Text>
    );
  if (connection === undefined)
    return (
      <RouterAnchor size="sm" to="/activity" search={{ site }}>
        {site}
      </RouterAnchor>
    );
  return (
    <RouterAnchor size="sm" to="/sites/$site/destinations/$connection" params={{ site, connection }}>
      {site}/{connection}
    </RouterAnchor>
  );
}
