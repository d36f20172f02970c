import { Checkbox, Code, Group, Table, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import type { DestinationView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { pluralize } from '../../../components/display/format.ts';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { GuideAnchor } from '../../../components/layout/GuideAnchor.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';
import { getLoadState } from '../../../data/load-state.ts';
import { useApiQuery } from '../../../data/queries.ts';
import { type EventGoal, listEventGoals } from './event-goals.ts';
import type { allNames, NamePair } from './setting-fields.ts';

interface EventGoalsProps {
  readonly site: string;
  readonly connection: string;
  readonly goalTexts: NonNullable<NonNullable<DestinationView['setup']>['goals']>;
  readonly defaultNames: Readonly<Record<string, string>>;
  readonly customNames: readonly NamePair[];
  readonly sentEvents: typeof allNames | readonly string[];
}

/** Lists the goals that the platform needs to count the events. */
export function EventGoals({ site, connection, goalTexts, ...parts }: EventGoalsProps) {
  const checklist = useApiQuery('GET /api/sites/:site/checklist', { site }, { everyMs: 30_000 });
  const { state } = getLoadState(checklist, ({ events }) => events);
  const [created, setCreated] = useLocalStorage<readonly string[]>({
    key: `convey-goals ${site}/${connection}`,
    defaultValue: [],
  });
  const goals = listEventGoals({ ...parts, observedEvents: checklist.data?.events ?? [] });
  const setGoal = (action: string, isCreated: boolean) =>
    setCreated((before) => (isCreated ? [...before, action] : before.filter((one) => one !== action)));
  return (
    <Panel title="Event goals" description={goalTexts.description}>
      <Table className="stacked">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={72}>Created</Table.Th>
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
              load={state}
              isCreated={created.includes(goal.action)}
              onChange={(isCreated) => setGoal(goal.action, isCreated)}
            />
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="md">
        {goalTexts.instruction} Checkmarks are stored in this browser.{' '}
        <GuideAnchor site={site} guide={parseGuideLink(goalTexts.guide)?.name ?? ''}>
          Guide: Create goals
        </GuideAnchor>
      </Text>
    </Panel>
  );
}

const unseenTexts = { loading: 'Loading…', failed: 'Could not be loaded', loaded: 'None received' } as const;

function GoalRow({
  goal: { event, action, isSent, observed },
  load,
  isCreated,
  onChange,
}: {
  readonly goal: EventGoal;
  readonly load: keyof typeof unseenTexts;
  readonly isCreated: boolean;
  readonly onChange: (isCreated: boolean) => void;
}) {
  return (
    <Table.Tr>
      <Table.Td>
        <Checkbox
          aria-label={`Goal created for ${event}`}
          checked={isCreated}
          onChange={({ currentTarget }) => onChange(currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <Text size="sm" className="words">
          {event}
        </Text>
        {!isSent && (
          <Text size="xs" c="dimmed">
            Excluded by the settings
          </Text>
        )}
      </Table.Td>
      <Table.Td className="whole">
        <Group gap="xs" wrap="nowrap">
          <Code>{action}</Code>
          <CopyButton text={action} />
        </Group>
      </Table.Td>
      <Table.Td className="whole figures">
        {observed ? (
          <Text size="sm">
            {pluralize(observed.count, 'event')}, last <Timestamp at={observed.lastAt} as="ago" />
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {unseenTexts[load]}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
