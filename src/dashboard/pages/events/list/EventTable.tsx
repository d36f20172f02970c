import { useRouter } from '@tanstack/react-router';
import { type MouseEvent, type Ref, useCallback } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { eventIdSegment } from '../../../data/search-params.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import { EventTableRow } from './EventTableRow.tsx';

const columns = ['Received', 'Event', 'ID', 'Source', 'Match keys', 'Consent', 'Outcome'];

/** The table of events, with a link in each row. */
export function EventTable({ rows, ref }: { readonly rows: readonly EventRow[]; readonly ref: Ref<HTMLTableSectionElement> }) {
  const { id: site, connections } = useSite();
  const names = useConnectionNames();
  const { history } = useRouter();
  const getHref = useCallback(
    (id: string) => `/sites/${encodeURIComponent(site)}/events/${encodeURIComponent(eventIdSegment.write(id))}`,
    [site],
  );
  const navigate = useCallback(
    (event: MouseEvent<HTMLAnchorElement>) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      history.push(event.currentTarget.pathname);
    },
    [history],
  );
  return (
    <table className={styles.table} aria-label="Events">
      <thead>
        <tr className={connections.length > 1 ? `${styles.head} ${styles.several}` : styles.head}>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={ref}>
        {rows.map((row) => (
          <EventTableRow
            key={row.offset}
            row={row}
            connectionNames={connections.length > 1 ? names : undefined}
            getHref={getHref}
            onNavigate={navigate}
          />
        ))}
      </tbody>
    </table>
  );
}
