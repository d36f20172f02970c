import { useState } from 'react';
import type { ApiInput } from '../../../api/client.ts';
import { useApiQuery } from '../../data/queries.ts';

const limit = 50;

/** Loads a page of the entries that a selection has, the newest first, and the functions that turn the pages. */
export function useActivity(selection: Omit<ApiInput<'GET /api/activity'>, 'limit' | 'cursor'>) {
  /** Cursors of the pages up to the current one. Empty on the newest page. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const query = useApiQuery(
    'GET /api/activity',
    { ...selection, limit, ...(cursor !== undefined && { cursor }) },
    { keepsPrevious: true, ...(cursor === undefined && { everyMs: 10_000 }) },
  );
  const next = query.data?.next;
  return {
    query,
    ...(cursor !== undefined && { showNewer: () => setCursors(cursors.slice(0, -1)) }),
    ...(next !== undefined && !query.isPlaceholderData && { showOlder: () => setCursors([...cursors, next]) }),
  };
}
