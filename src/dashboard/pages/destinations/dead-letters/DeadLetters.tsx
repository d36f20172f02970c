import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { BodyOf } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { OwnerOnly } from '../../../components/feedback/OwnerOnly.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { DeadLetterRow } from './DeadLetterRow.tsx';
import { getDeadLetterKey } from './dead-letter-key.ts';

type Chosen = BodyOf<'POST /api/sites/:site/connections/:connection/dead-letters/retry'>;

interface DeadLettersProps {
  readonly site: string;
  readonly connection: string;
  /** How many there are by now. */
  readonly count: number;
}

const limit = 10;

/** What will not be sent unless somebody says so: why, and the two things that can be said. */
export function DeadLetters({ site, connection, count }: DeadLettersProps) {
  /** Where the pages before this one began, the first of them as nothing. */
  const [places, setPlaces] = useState<readonly (string | undefined)[]>([undefined]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dropped, setDropped] = useState<Chosen>();
  const cursor = places.at(-1);
  const page = useApiQuery(
    'GET /api/sites/:site/dead-letters',
    { site, connection, limit, cursor },
    { everyMs: 10_000, keepsPrevious: true, enabled: count > 0 },
  );
  const forget = () => {
    setChosen(new Set());
    setDropped(undefined);
    setPlaces([undefined]);
  };
  const retry = useApiMutation(
    (letters: Chosen) =>
      callApi('POST /api/sites/:site/connections/:connection/dead-letters/retry', { site, connection }, letters),
    { onDone: forget },
  );
  const drop = useApiMutation(
    (letters: Chosen) =>
      callApi('POST /api/sites/:site/connections/:connection/dead-letters/drop', { site, connection }, letters),
    { onDone: forget },
  );
  const done = retry.data ?? drop.data;
  const choice: Chosen = chosen.size > 0 ? { offsets: [...chosen] } : { all: true };
  const about = chosen.size > 0 ? `${formatInteger(chosen.size)} chosen` : 'all';
  return (
    <Panel
      title="Dead letters"
      description={count === 0 ? undefined : 'Events that are not sent unless you say so. Mend the cause first, then retry.'}
      actions={
        count > 0 && (
          <OwnerOnly>
            {(isOwner) => (
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  disabled={!isOwner}
                  loading={retry.isPending}
                  onClick={() => {
                    drop.reset();
                    retry.mutate(choice);
                  }}
                >
                  Retry {about}
                </Button>
                <Button size="xs" variant="default" disabled={!isOwner} onClick={() => setDropped(choice)}>
                  Drop {about}
                </Button>
              </Group>
            )}
          </OwnerOnly>
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
            None. Every event was sent, skipped for a reason, or is on its way.
          </Text>
        ) : (
          <QueryState query={page} height={240}>
            {({ deadLetters, next }) => {
              const shown = deadLetters.map(getDeadLetterKey);
              const isAll = shown.length > 0 && shown.every((place) => chosen.has(place));
              return (
                <>
                  <Checkbox
                    label="All of this page"
                    checked={isAll}
                    indeterminate={!isAll && shown.some((place) => chosen.has(place))}
                    onChange={() => setChosen(isAll ? new Set() : new Set(shown))}
                  />
                  <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: 'none' }}>
                    {deadLetters.map((letter) => (
                      <DeadLetterRow
                        key={getDeadLetterKey(letter)}
                        site={site}
                        letter={letter}
                        isChosen={chosen.has(getDeadLetterKey(letter))}
                        onChoose={(isChosen) => {
                          const others = [...chosen].filter((place) => place !== getDeadLetterKey(letter));
                          setChosen(new Set(isChosen ? [...others, getDeadLetterKey(letter)] : others));
                        }}
                      />
                    ))}
                  </Stack>
                  {(places.length > 1 || next !== undefined) && (
                    <Group gap="xs">
                      <Button
                        size="xs"
                        variant="default"
                        disabled={places.length === 1}
                        onClick={() => setPlaces(places.slice(0, -1))}
                      >
                        Newer
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        disabled={next === undefined}
                        onClick={() => setPlaces([...places, next])}
                      >
                        Older
                      </Button>
                    </Group>
                  )}
                </>
              );
            }}
          </QueryState>
        )}
      </Stack>
      <ConfirmDialog
        opened={dropped !== undefined}
        onClose={() => setDropped(undefined)}
        title={chosen.size > 0 ? `Drop ${pluralize(chosen.size, 'dead letter')}?` : 'Drop all dead letters?'}
        label="Drop"
        isDestructive
        isPending={drop.isPending}
        error={drop.error}
        onConfirm={() => {
          retry.reset();
          if (dropped) drop.mutate(dropped);
        }}
      >
        They are never sent by this connection, unless a replay comes to them. What became of the events stays known.
      </ConfirmDialog>
    </Panel>
  );
}
