import { Checkbox, Code, Group, Table, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { pluralize } from '../../../components/display/format.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { type EventGoal, listEventGoals } from './event-goals.ts';
import type { allNames, NamePair } from './setting-fields.ts';

interface EventGoalsProps {
  readonly site: string;
  readonly connection: string;
  readonly defaultNames: Readonly<Record<string, string>>;
  readonly customNames: readonly NamePair[];
  readonly sentEvents: typeof allNames | readonly string[];
}

/** Microsoft takes every event, and counts those whose name equals the action of a goal. */
export function EventGoals({ site, connection, ...parts }: EventGoalsProps) {
  const { data } = useApiQuery('GET /api/sites/:site/checklist', { site }, { everyMs: 30_000 });
  const [made, setMade] = useLocalStorage<readonly string[]>({ key: `convey-goals ${site}/${connection}`, defaultValue: [] });
  const goals = listEventGoals({ ...parts, observedEvents: data?.events ?? [] });
  const tick = (action: string, isMade: boolean) =>
    setMade((before) => (isMade ? [...before, action] : before.filter((one) => one !== action)));
  return (
    <Panel
      title="Event goals"
      description="Microsoft takes every event, and counts only those whose name equals the Action of a goal. Make one for each event that is a conversion for you: purchases and leads are."
    >
      <Table.ScrollContainer minWidth={560} type="native">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={56}>Made</Table.Th>
              <Table.Th>Event</Table.Th>
              <Table.Th>Action equals</Table.Th>
              <Table.Th>Last 7 days</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {goals.map((goal) => (
              <GoalRow
                key={goal.event}
                goal={goal}
                isMade={made.includes(goal.action)}
                onTick={(isMade) => tick(goal.action, isMade)}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" mt="md">
        In Microsoft Advertising: Conversions, Conversion goals, Create, Business website, goal type Event; then the Action as it
        stands here, and nothing else. Ticks are kept in this browser.{' '}
        <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: 'create-event-goals' }} inherit underline="always">
          Create event goals, step by step
        </RouterAnchor>
      </Text>
    </Panel>
  );
}

function GoalRow({
  goal: { event, action, isSent, observed: seen },
  isMade,
  onTick,
}: {
  readonly goal: EventGoal;
  readonly isMade: boolean;
  readonly onTick: (isMade: boolean) => void;
}) {
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          aria-label={`I have made the goal for ${event}`}
          checked={isMade}
          onChange={({ currentTarget }) => onTick(currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <Text size="sm">{event}</Text>
        {!isSent && (
          <Text size="xs" c="dimmed">
            not sent by the settings
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Code style={{ whiteSpace: 'nowrap' }}>{action}</Code>
          <CopyButton text={action} />
        </Group>
      </Table.Td>
      <Table.Td className="figures">
        {seen ? (
          <Text size="sm">
            {pluralize(seen.count, 'event')}, last <Timestamp at={seen.lastAt} as="ago" />
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            none seen
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
