import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ApiBody } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { PageTurner } from '../../../components/layout/PageTurner.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { usePages } from '../../../data/use-pages.ts';
import { DeadLetterRow } from './DeadLetterRow.tsx';
import { getDeadLetterKey } from './dead-letter-key.ts';

type Selection = ApiBody<'POST /api/sites/:site/connections/:connection/dead-letters/retry'>;

interface DeadLettersProps {
  readonly site: string;
  readonly connection: string;
  /** Current number of dead letters. */
  readonly count: number;
}

const limit = 10;

/** Lists the dead letters of a connection with their reasons, to retry or drop them. */
export function DeadLetters({ site, connection, count }: DeadLettersProps) {
  const { cursor, turn, reset: showNewest } = usePages(`${site} ${connection}`);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [toDrop, setToDrop] = useState<Selection>();
  const page = useApiQuery(
    'GET /api/sites/:site/dead-letters',
    { site, connection, limit, cursor },
    { everyMs: 10_000, keepsPrevious: true, enabled: count > 0 },
  );
  const reset = () => {
    setSelected(new Set());
    setToDrop(undefined);
    showNewest();
  };
  const retry = useApiMutation(
    (letters: Selection) =>
      callApi('POST /api/sites/:site/connections/:connection/dead-letters/retry', { site, connection }, letters),
    { onDone: reset },
  );
  const drop = useApiMutation(
    (letters: Selection) =>
      callApi('POST /api/sites/:site/connections/:connection/dead-letters/drop', { site, connection }, letters),
    { onDone: reset },
  );
  const done = retry.data ?? drop.data;
  const selection: Selection = selected.size > 0 ? { offsets: [...selected] } : { all: true };
  const target = selected.size > 0 ? `${formatInteger(selected.size)} selected` : 'all';
  return (
    <Panel
      title="Failed events"
      description={count === 0 ? undefined : 'Events that could not be delivered. Fix the cause, then retry.'}
      actions={
        count > 0 && (
          <RoleOnly needs="editor">
            {(isPermitted) => (
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  disabled={!isPermitted}
                  loading={retry.isPending}
                  onClick={() => {
                    drop.reset();
                    retry.mutate(selection);
                  }}
                >
                  Retry {target}
                </Button>
                <Button size="xs" variant="default" disabled={!isPermitted} onClick={() => setToDrop(selection)}>
                  Drop {target}
                </Button>
              </Group>
            )}
          </RoleOnly>
        )
      }
    >
      <Stack gap="sm">
        {retry.error && <ErrorAlert error={retry.error} />}
        {done && (
          <Alert color="blue" role="status">
            <InlineCode text={done.says} />
          </Alert>
        )}
        {count === 0 ? (
          <Text size="sm" c="dimmed">
            No failed events. Events that cannot be delivered will appear here.
          </Text>
        ) : (
          <QueryState query={page} height={240}>
            {({ deadLetters, next }) => {
              const shown = deadLetters.map(getDeadLetterKey);
              const isAll = shown.length > 0 && shown.every((key) => selected.has(key));
              return (
                <>
                  <Checkbox
                    label="Select all on this page"
                    checked={isAll}
                    indeterminate={!isAll && shown.some((key) => selected.has(key))}
                    onChange={() => setSelected(isAll ? new Set() : new Set(shown))}
                  />
                  <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: 'none' }}>
                    {deadLetters.map((letter) => (
                      <DeadLetterRow
                        key={getDeadLetterKey(letter)}
                        site={site}
                        letter={letter}
                        isSelected={selected.has(getDeadLetterKey(letter))}
                        onSelect={(isSelected) => {
                          const others = [...selected].filter((key) => key !== getDeadLetterKey(letter));
                          setSelected(new Set(isSelected ? [...others, getDeadLetterKey(letter)] : others));
                        }}
                      />
                    ))}
                  </Stack>
                  <PageTurner {...turn(page.isPlaceholderData ? undefined : next)} />
                </>
              );
            }}
          </QueryState>
        )}
      </Stack>
      <ConfirmDialog
        opened={toDrop !== undefined}
        onClose={() => setToDrop(undefined)}
        title={selected.size > 0 ? `Drop ${pluralize(selected.size, 'failed event')}?` : 'Drop all failed events?'}
        label="Drop"
        isDestructive
        mutation={drop}
        onConfirm={() => {
          retry.reset();
          if (toDrop) drop.mutate(toDrop);
        }}
      >
        They will not be sent over this connection, unless a replay includes them. Their history is kept.
      </ConfirmDialog>
    </Panel>
  );
}
