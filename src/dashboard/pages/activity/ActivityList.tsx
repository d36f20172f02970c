import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { ActivityTable } from './ActivityTable.tsx';
import type { useActivity } from './use-activity.ts';

interface ActivityListProps {
  readonly pages: ReturnType<typeof useActivity>;
  /** The title if there are no entries. */
  readonly empty: string;
  /** What to do if there are no entries. */
  readonly children: ReactNode;
  readonly hasPlace?: boolean;
}

/** Shows recorded changes in pages, the newest first. */
export function ActivityList({ pages: { query, showNewer, showOlder }, empty, children, hasPlace = true }: ActivityListProps) {
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
              {(showNewer || showOlder) && (
                <Group justify="center" gap="xs">
                  <Button
                    variant="default"
                    disabled={!showNewer}
                    leftSection={<Icon name="left" size={14} />}
                    onClick={showNewer}
                  >
                    Newer
                  </Button>
                  <Button
                    variant="default"
                    disabled={!showOlder}
                    rightSection={<Icon name="right" size={14} />}
                    onClick={showOlder}
                  >
                    Older
                  </Button>
                </Group>
              )}
            </Stack>
          )}
        </Panel>
      )}
    </QueryState>
  );
}
