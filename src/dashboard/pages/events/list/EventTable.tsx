import { useRouter } from '@tanstack/react-router';
import { type MouseEvent, type Ref, useCallback } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { eventIdSegment } from '../../../data/search-params.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import { EventTableRow } from './EventTableRow.tsx';

const columns = ['Received', 'Event', 'ID', 'From', 'Known by', 'Consent', 'Outcome'];

/** The rows, each of which leads to its event. */
export function EventTable({ rows, ref }: { readonly rows: readonly EventRow[]; readonly ref: Ref<HTMLTableSectionElement> }) {
  const { id: site, connections } = useSite();
  const { history } = useRouter();
  const hrefOf = useCallback(
    (id: string) => `/sites/${encodeURIComponent(site)}/events/${encodeURIComponent(eventIdSegment.write(id))}`,
    [site],
  );
  const follow = useCallback(
    (click: MouseEvent<HTMLAnchorElement>) => {
      if (click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
      click.preventDefault();
      history.push(click.currentTarget.pathname);
    },
    [history],
  );
  return (
    <table className={styles.table} aria-label="Events">
      <thead>
        <tr className={styles.head}>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={ref}>
        {rows.map((row) => (
          <EventTableRow key={row.offset} row={row} namesConnections={connections.length > 1} hrefOf={hrefOf} onFollow={follow} />
        ))}
      </tbody>
    </table>
  );
}
