import { useRouter, useSearch } from '@tanstack/react-router';
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type FocusEvent, type MouseEvent, type Ref, useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { EventRow } from '../../../../api/client.ts';
import { parseRangeSearch } from '../../../data/range.ts';
import { eventIdSegment, formatSearch } from '../../../data/search-params.ts';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import type { EventSearch } from '../filters/event-search.ts';
import { EventTableRow } from './EventTableRow.tsx';

declare module 'react' {
  interface CSSProperties {
    readonly '--platforms'?: number;
  }
}

const columns = ['Time', 'Event', 'Value', 'Order', 'Shopper'];
const rowHeight = 41;
/** Rows outside the window, so that a page of the keyboard shows no gap. */
const overscan = 25;
/** The most platforms whose outcomes have words beside their marks. */
const maxWorded = 2;
/** The same on a wide page. */
const maxWordedOnWide = 4;

interface EventTableProps {
  readonly rows: readonly EventRow[];
  readonly search: EventSearch;
  readonly ref: Ref<HTMLTableSectionElement>;
}

/** The table of events, with a link in each row. Only the rows near the window are in the document. */
export function EventTable({ rows, search, ref }: EventTableProps) {
  const { id: site, connections } = useSite();
  const names = useConnectionNames();
  const { history } = useRouter();
  const query = formatSearch({ ...search, ...parseRangeSearch(useSearch({ strict: false })) });
  const getHref = useCallback(
    (id: string) => `/sites/${encodeURIComponent(site)}/events/${encodeURIComponent(eventIdSegment.write(id))}${query}`,
    [site, query],
  );
  const navigate = useCallback(
    (event: MouseEvent<HTMLAnchorElement>) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      const { pathname, search: params } = event.currentTarget;
      history.push(`${pathname}${params}`);
    },
    [history],
  );
  const shown = connections.filter(({ id }) => search.connection === undefined || id === search.connection);
  const table = useRef<HTMLTableElement>(null);
  const [top, setTop] = useState(0);
  // After each render, because what stands above the table may have changed.
  useLayoutEffect(() => {
    const body = table.current?.tBodies[0];
    if (body) setTop(Math.round(body.getBoundingClientRect().top + window.scrollY));
  });
  // A row that has the focus stays in the document, so that the keyboard goes on from it.
  const [focused, setFocused] = useState<string>();
  const focusedAt = rows.findIndex(({ offset }) => offset === focused);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan,
    scrollMargin: top,
    getItemKey: (index) => rows[index]?.offset ?? index,
    rangeExtractor: (range: Range) => {
      const near = defaultRangeExtractor(range);
      return focusedAt < 0 || near.includes(focusedAt) ? near : [...near, focusedAt].sort((a, b) => a - b);
    },
  });
  const items = virtualizer.getVirtualItems();
  const gaps = measureGaps(items, virtualizer.getTotalSize(), top);
  const findFocused = ({ target }: FocusEvent<HTMLElement>) => setFocused(target.closest('tr')?.dataset.offset);
  return (
    <table
      ref={table}
      className={styles.table}
      aria-label="Events"
      aria-rowcount={rows.length + 1}
      style={{ '--platforms': Math.max(1, shown.length) }}
      data-worded={shown.length <= maxWorded ? 'always' : shown.length <= maxWordedOnWide ? 'wide' : undefined}
      onFocus={findFocused}
      onBlur={() => setFocused(undefined)}
    >
      <thead>
        <tr className={styles.head} aria-rowindex={1}>
          {columns.map((name) => (
            <th key={name} scope="col" className={name === 'Value' ? styles.amount : undefined}>
              {name}
            </th>
          ))}
          {shown.map(({ id }) => (
            <th key={id} scope="col" className={styles.platformHead}>
              <span title={names[id] ?? id}>{names[id] ?? id}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={ref}>
        {items.map(({ index, key }, nth) => {
          const row = rows[index];
          return (
            row && (
              <EventTableRow
                key={key}
                row={row}
                index={index}
                gap={gaps[nth] ?? 0}
                measure={virtualizer.measureElement}
                connections={shown}
                connectionNames={names}
                getHref={getHref}
                onNavigate={navigate}
              />
            )
          );
        })}
        <tr aria-hidden style={{ height: gaps.at(-1) ?? 0 }} className={styles.gap} />
      </tbody>
    </table>
  );
}

/** Returns the height of the rows that are left out before each shown row, and after the last one. */
function measureGaps(
  items: readonly { readonly start: number; readonly end: number }[],
  total: number,
  margin: number,
): readonly number[] {
  let end = margin;
  const before = items.map((item) => {
    const gap = Math.max(0, item.start - end);
    end = item.end;
    return gap;
  });
  return [...before, Math.max(0, total + margin - end)];
}
