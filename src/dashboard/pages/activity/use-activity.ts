import type { ApiInput } from '../../../api/client.ts';
import { useApiQuery } from '../../data/queries.ts';
import { usePages } from '../../data/use-pages.ts';

const limit = 50;

/**
 * Loads a page of the entries that a selection has, the newest first, and the functions that turn the pages.
 * @param list names the selection, without times that move on
 */
export function useActivity(selection: Omit<ApiInput<'GET /api/activity'>, 'limit' | 'cursor'>, list: string) {
  const { cursor, turn } = usePages(list);
  const query = useApiQuery(
    'GET /api/activity',
    { ...selection, limit, ...(cursor !== undefined && { cursor }) },
    { keepsPrevious: true, ...(cursor === undefined && { everyMs: 10_000 }) },
  );
  return { query, turns: turn(query.isPlaceholderData ? undefined : query.data?.next) };
}
