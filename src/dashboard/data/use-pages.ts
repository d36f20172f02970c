import { useState } from 'react';

/** Opens the newer or the older page of a list. Absent where there is none. */
export interface PageTurns {
  readonly showNewer?: () => void;
  readonly showOlder?: () => void;
}

/**
 * Keeps the open page of a list whose pages have cursors. Another list begins at its newest page, which has no cursor.
 * @param list names the list, with its filters
 */
export function usePages(list: string) {
  const [kept, keep] = useState<{ readonly list: string; readonly cursors: readonly string[] }>({ list, cursors: [] });
  const cursors = kept.list === list ? kept.cursors : [];
  return {
    cursor: cursors.at(-1),
    reset: () => keep({ list, cursors: [] }),
    /** @param next the cursor of the older page, once the open page is loaded */
    turn: (next: string | undefined): PageTurns => ({
      ...(cursors.length > 0 && { showNewer: () => keep({ list, cursors: cursors.slice(0, -1) }) }),
      ...(next !== undefined && { showOlder: () => keep({ list, cursors: [...cursors, next] }) }),
    }),
  };
}
