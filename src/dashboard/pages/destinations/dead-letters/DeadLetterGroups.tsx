import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ApiResponse } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';
import { describeReason } from './cause-labels.ts';
import { ReasonBadge } from './ReasonBadge.tsx';

type Groups = ApiResponse<'GET /api/sites/:site/connections/:connection/dead-letters/groups'>;
type DeadLetterGroup = Groups['groups'][number];
type GroupAction = 'retry' | 'drop';

interface DeadLetterGroupsProps {
  readonly site: string;
  readonly connection: string;
  /** Current number of dead letters. */
  readonly count: number;
}

/** Lists the reasons of failed events, to retry or drop all events of one. Without any, shows what became of the last ones. */
export function DeadLetterGroups({ site, connection, count }: DeadLetterGroupsProps) {
  const [chosen, setChosen] = useState<{ readonly action: GroupAction; readonly group: DeadLetterGroup }>();
  const [isAsking, setIsAsking] = useState(false);
  const query = useApiQuery(
    'GET /api/sites/:site/connections/:connection/dead-letters/groups',
    { site, connection },
    { everyMs: 10_000, enabled: count > 0 },
  );
  const act = useApiMutation(
    ({ action, group: { cause, code } }: { readonly action: GroupAction; readonly group: DeadLetterGroup }) =>
      callApi(
        `POST /api/sites/:site/connections/:connection/dead-letters/${action}` as const,
        { site, connection },
        { reason: { cause, code } },
      ),
    { onDone: () => setIsAsking(false) },
  );
  const ask = (action: GroupAction, group: DeadLetterGroup) => {
    act.reset();
    setChosen({ action, group });
    setIsAsking(true);
  };
  const events = pluralize(chosen?.group.events ?? 0, 'failed event');
  const isDrop = chosen?.action === 'drop';
  if (count === 0 && !act.data) return null;
  return (
    <Panel title="Failed events by reason" description="Fix the cause of a group, then retry all of its events.">
      <Stack gap="sm">
        {act.data && (
          <Alert color="blue" role="status">
            <InlineCode text={act.data.says} />
          </Alert>
        )}
        {count > 0 && (
          <QueryState query={query} height={160}>
            {({ groups, isWhole }) => (
              <>
                <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: 'none' }}>
                  {groups.map((group) => (
                    <GroupRow
                      key={`${group.cause} ${group.code} ${group.sample ? 'events' : 'ranges'}`}
                      site={site}
                      group={group}
                      onAct={ask}
                    />
                  ))}
                </Stack>
                {!isWhole && (
                  <Text size="sm" c="dimmed">
                    Only the newest 10,000 failed events are grouped. The buttons act on all events of the reason.
                  </Text>
                )}
              </>
            )}
          </QueryState>
        )}
      </Stack>
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={`${isDrop ? 'Drop' : 'Retry'} ${events}?`}
        label={isDrop ? 'Drop' : 'Retry'}
        isDestructive={isDrop}
        mutation={act}
        onConfirm={() => chosen && act.mutate(chosen)}
      >
        {isDrop
          ? 'They will not be sent over this connection, unless a replay includes them. Their history is kept.'
          : 'They are sent again with the current settings. Events that are too old for the platform stay here.'}
      </ConfirmDialog>
    </Panel>
  );
}

interface GroupRowProps {
  readonly site: string;
  readonly group: DeadLetterGroup;
  readonly onAct: (action: GroupAction, group: DeadLetterGroup) => void;
}

function GroupRow({ site, group, onAct }: GroupRowProps) {
  const { events, firstAt, lastAt, sample } = group;
  const { label, message } = describeReason(group);
  const name = `${pluralize(events, 'event')}, ${label}`;
  return (
    <Group
      component="li"
      gap="md"
      align="flex-start"
      justify="space-between"
      py="sm"
      style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}
    >
      <Stack gap={4} flex="1 1 18rem" miw={0}>
        <Group gap="xs">
          <Text size="sm" fw={600} className="figures">
            {pluralize(events, 'event')}
          </Text>
          <ReasonBadge label={label} />
        </Group>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <InlineCode text={message} />
        </Text>
        <Text size="xs" c="dimmed">
          First <Timestamp at={firstAt} as="ago" />, last <Timestamp at={lastAt} as="ago" />.
          {sample && (
            <>
              {' '}
              For example{' '}
              <RouterAnchor
                to="/sites/$site/events/$event"
                params={{ site, event: sample.eventId }}
                inherit
                style={{ overflowWrap: 'anywhere' }}
              >
                {sample.eventName} {sample.eventId}
              </RouterAnchor>
              .
            </>
          )}
        </Text>
      </Stack>
      <RoleOnly needs="editor">
        {(isPermitted) => (
          <Group gap="xs">
            {sample && (
              <Button
                size="xs"
                variant="default"
                disabled={!isPermitted}
                aria-label={`Retry ${name}`}
                onClick={() => onAct('retry', group)}
              >
                Retry
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              disabled={!isPermitted}
              aria-label={`Drop ${name}`}
              onClick={() => onAct('drop', group)}
            >
              Drop
            </Button>
          </Group>
        )}
      </RoleOnly>
    </Group>
  );
}
