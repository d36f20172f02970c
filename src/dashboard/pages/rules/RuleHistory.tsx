import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { RulesView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { QueryState } from '../../components/feedback/QueryState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { useApiQuery } from '../../data/queries.ts';

const shownVersions = 20;
const keptVersions = 200;

interface RuleHistoryProps {
  readonly site: string;
  /** Absent for the site's rules. */
  readonly connection: string | undefined;
  /** The newest versions. */
  readonly history: RulesView['history'];
}

/** Lists the changes of a list of rules, with the account and the time of each. */
export function RuleHistory({ site, connection, history }: RuleHistoryProps) {
  const [showsAll, setShowsAll] = useState(false);
  return (
    <Panel title="History" description="The newest 200 versions are kept, so that an event shows the rules of its day.">
      {history.length === 0 ? (
        <EmptyState icon="clock" title="No change yet">
          The first change of these rules appears here.
        </EmptyState>
      ) : showsAll ? (
        <AllVersions site={site} connection={connection} />
      ) : (
        <Stack gap="sm">
          <Versions versions={history} />
          {history.length >= shownVersions && (
            <Button variant="default" style={{ alignSelf: 'start' }} onClick={() => setShowsAll(true)}>
              Show all versions
            </Button>
          )}
        </Stack>
      )}
    </Panel>
  );
}

function AllVersions({ site, connection }: Pick<RuleHistoryProps, 'site' | 'connection'>) {
  const rules = useApiQuery('GET /api/sites/:site/rules', { site, versions: keptVersions });
  return (
    <QueryState query={rules} height={240}>
      {({ history }) => <Versions versions={history.filter((one) => one.connection === connection)} />}
    </QueryState>
  );
}

function Versions({ versions }: { readonly versions: RulesView['history'] }) {
  return (
    <Stack gap="sm">
      {versions.map(({ at, by, digest, changes, rules }) => (
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
  );
}
