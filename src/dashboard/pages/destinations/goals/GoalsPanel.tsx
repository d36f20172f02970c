import { Alert, Button, Checkbox, Code, Group, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectionGoalsView } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { PlatformFailure } from '../../../components/feedback/PlatformFailure.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation, useApiQuery } from '../../../data/queries.ts';

interface GoalsPanelProps {
  readonly site: string;
  readonly connection: string;
}

type GoalEvent = ConnectionGoalsView['events'][number];

const refreshes = [
  'GET /api/sites/:site/connections/:connection/goals',
  'GET /api/sites/:site/connections/:connection/account',
  'GET /api/present',
] as const;

/** The events of a connection with the goals of the account that count them. */
export function GoalsPanel({ site, connection }: GoalsPanelProps) {
  const target = { site, connection };
  const goals = useApiQuery('GET /api/sites/:site/connections/:connection/goals', target, { everyMs: 30_000 });
  const check = useApiMutation(() => callApi('POST /api/sites/:site/connections/:connection/goals/check', target), { refreshes });
  return (
    <Panel
      title="Event goals"
      description="The platform accepts an event that no goal counts, and does not report it. Convey checks the goals each day, and after a change."
      actions={
        <RoleOnly needs="editor">
          {(isPermitted) => (
            <Button
              size="xs"
              variant="default"
              loading={check.isPending}
              disabled={!isPermitted}
              onClick={() => check.mutate(undefined)}
            >
              Check now
            </Button>
          )}
        </RoleOnly>
      }
    >
      <Stack gap="md">
        {check.error && <ErrorAlert error={check.error} />}
        <QueryState query={goals}>{(view) => <Goals {...target} view={view} />}</QueryState>
      </Stack>
    </Panel>
  );
}

function Goals({ site, connection, view }: GoalsPanelProps & { readonly view: ConnectionGoalsView }) {
  const { checkedAt, failure, events, findings, leftOut, isPartial } = view;
  const missing = events.filter(({ isUncounted }) => isUncounted);
  const [ticked, setTicked] = useState<readonly string[]>();
  const chosen = (ticked ?? missing.filter(({ isSuggested }) => isSuggested).map(({ event }) => event)).filter((event) =>
    missing.some((one) => one.event === event),
  );
  const setTick = (event: string, isTicked: boolean) =>
    setTicked(isTicked ? [...chosen, event] : chosen.filter((one) => one !== event));
  return (
    <>
      {failure && <PlatformFailure title="The last check had no result" {...failure} />}
      {findings.map(({ code, message }) => (
        <Alert key={code} color="orange" icon={<Icon name="warn" />}>
          {message}
        </Alert>
      ))}
      <Text size="sm" c="dimmed">
        {checkedAt === undefined ? (
          `The goals have not been checked yet.${failure ? '' : ' The first check begins within a minute.'}`
        ) : (
          <>
            Checked <Timestamp at={checkedAt} as="ago" />.
            {leftOut > 0 && ` ${pluralize(leftOut, 'less frequent name')} of events left out.`}
            {isPartial && ' Only the newest 200,000 events are counted.'}
          </>
        )}
      </Text>
      {events.length > 0 && (
        <Table className="stacked">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Event</Table.Th>
              <Table.Th>Accepted in 7 days</Table.Th>
              <Table.Th>Counted by</Table.Th>
              <Table.Th>State</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {events.map((one) => (
              <GoalRow key={one.event} goal={one} isTicked={chosen.includes(one.event)} onTick={(on) => setTick(one.event, on)} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {missing.length > 0 && <MakeGoals site={site} connection={connection} events={chosen} />}
    </>
  );
}

interface GoalRowProps {
  readonly goal: GoalEvent;
  readonly isTicked: boolean;
  readonly onTick: (isTicked: boolean) => void;
}

function GoalRow({ goal, isTicked, onTick }: GoalRowProps) {
  const { event, name, delivered, countedBy, isUncounted, findings } = goal;
  return (
    <Table.Tr>
      <Table.Td className="whole">
        <Text size="sm" className="words">
          {event}
        </Text>
        <Code>{name}</Code>
      </Table.Td>
      <Table.Td className="figures whole">
        <StackedLabel text="Accepted in 7 days" />
        <Text span size="sm" {...(delivered === 0 && { c: 'dimmed' })}>
          {delivered === 0 ? 'None' : formatInteger(delivered)}
        </Text>
      </Table.Td>
      <Table.Td className="whole">
        {isUncounted ? (
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Checkbox
                label={`Make a goal for ${event}`}
                checked={isTicked}
                disabled={!isPermitted}
                onChange={({ currentTarget }) => onTick(currentTarget.checked)}
              />
            )}
          </RoleOnly>
        ) : (
          <>
            <StackedLabel text="Counted by" />
            <Text span size="sm" className="words">
              {countedBy.join(', ')}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td className="whole">
        <GoalState goal={goal} />
        {findings.map(({ code, message }) => (
          <Text key={code} size="xs" c="dimmed">
            <InlineCode text={message} />
          </Text>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}

/** The heading of a column, on a narrow page whose rows are stacked. */
function StackedLabel({ text }: { readonly text: string }) {
  return (
    <Text span size="sm" c="dimmed" hiddenFrom="sm">
      {text}:{' '}
    </Text>
  );
}

/** An event that was not sent needs no goal yet. */
function GoalState({ goal: { delivered, isUncounted, findings } }: { readonly goal: GoalEvent }) {
  const [icon, text] = isUncounted
    ? delivered > 0
      ? (['warn', 'Accepted, not counted'] as const)
      : ([undefined, 'No goal'] as const)
    : findings.some(({ code }) => code === 'unknown')
      ? (['warn', 'Not known'] as const)
      : findings.length > 0
        ? (['warn', 'Counted, with a problem'] as const)
        : (['check', 'Counted'] as const);
  return (
    <Group gap={6} wrap="nowrap">
      {icon && <Icon name={icon} size={16} />}
      <Text size="sm" fw={600}>
        {text}
      </Text>
    </Group>
  );
}

/** Makes the ticked goals, after a question. */
function MakeGoals({ site, connection, events }: GoalsPanelProps & { readonly events: readonly string[] }) {
  const [isAsking, setIsAsking] = useState(false);
  const make = useApiMutation(
    () => callApi('POST /api/sites/:site/connections/:connection/goals', { site, connection }, { events: [...events] }),
    { refreshes, onDone: () => setIsAsking(false) },
  );
  const failed = make.data?.made.filter(({ failure }) => failure !== undefined) ?? [];
  return (
    <>
      {failed.map(({ event, failure }) => (
        <Alert key={event} color="red" icon={<Icon name="warn" />} title={`No goal was made for ${event}`}>
          <InlineCode text={`${failure?.message ?? ''} (\`${failure?.code ?? ''}\`)`} />
        </Alert>
      ))}
      {events.length === 0 ? (
        <Text size="sm">Tick the events that are conversions, to make goals for them.</Text>
      ) : (
        <div>
          <RoleOnly needs="owner">
            {(isPermitted) => (
              <Button disabled={!isPermitted} onClick={() => setIsAsking(true)}>
                Make {pluralize(events.length, 'goal')}
              </Button>
            )}
          </RoleOnly>
        </div>
      )}
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title={`Make ${pluralize(events.length, 'goal')} at the platform?`}
        label="Make goals"
        mutation={make}
        onConfirm={() => make.mutate(undefined)}
      >
        For {events.join(', ')}. A goal cannot be deleted at the platform, only paused. Making one also turns on automatic tagging
        with the click id for the account.
      </ConfirmDialog>
    </>
  );
}
