import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { PageTurner } from '../../components/layout/PageTurner.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ActivityTable } from './ActivityTable.tsx';
import type { useActivity } from './use-activity.ts';

interface ActivityListProps {
  readonly pages: ReturnType<typeof useActivity>;
  /** The title if there are no entries. */
  readonly empty: string;
  /** The remedy if there are no entries. */
  readonly children: ReactNode;
  readonly hasPlace?: boolean;
}

/** Shows recorded changes in pages, the newest first. */
export function ActivityList({ pages: { query, turns }, empty, children, hasPlace = true }: ActivityListProps) {
  return (
    <QueryState query={query} height={480}>
      {({ rows }) => (
        <Panel>
          {rows.length === 0 ? (
            <EmptyState icon="clock" title={empty}>
              {children}
            </EmptyState>
          ) : (
            <Stack gap="md">
              <ActivityTable rows={rows} hasPlace={hasPlace} />
              <PageTurner {...turns} />
            </Stack>
          )}
        </Panel>
      )}
    </QueryState>
  );
}
