import { Group, List, Stack, Text } from '@mantine/core';
import type { RulesView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';

/** Lists the changes of a list of rules, with the account and the time of each. */
export function RuleHistory({ history }: { readonly history: RulesView['history'] }) {
  return (
    <Panel title="History" description="The newest 200 versions are kept, so that an event shows the rules of its day.">
      {history.length === 0 ? (
        <EmptyState icon="clock" title="No change yet">
          The first change of these rules appears here.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {history.map(({ at, by, digest, changes, rules }) => (
            <details key={`${at} ${digest}`}>
              <summary>
                <Group gap="xs" component="span" display="inline-flex" maw="calc(100% - 1.5rem)" style={{ verticalAlign: 'top' }}>
                  <Timestamp at={at} />
                  <Text span fw={600}>
                    {by}
                  </Text>
                  <Text span style={{ overflowWrap: 'anywhere' }}>
                    {changes.join(' ')}
                  </Text>
                </Group>
              </summary>
              <List size="sm" mt={4} ml="md" type="ordered">
                {rules.map(({ id, name, text }) => (
                  <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
                    <b>{name}</b>: {text}
                  </List.Item>
                ))}
              </List>
              {rules.length === 0 && (
                <Text size="sm" c="dimmed" ml="md">
                  No rules.
                </Text>
              )}
            </details>
          ))}
        </Stack>
      )}
    </Panel>
  );
}
