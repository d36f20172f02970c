import { Alert, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { MatchQualityView } from '../../../api/client.ts';
import { formatInteger, formatSiteDays } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { MatchDays } from './MatchDays.tsx';
import { MatchKeyRow } from './MatchKeyRow.tsx';
import { getDefaultEvent, summarizeMatchQuality } from './match-quality-labels.ts';

const every = '';

interface ConnectionMatchQualityProps {
  readonly view: MatchQualityView;
  /** Display name of the connection. */
  readonly name: string;
  /** Whether the site has other connections. */
  readonly isOneOfSeveral: boolean;
}

/** Shows the match keys of one connection, for all events or one event name. */
export function ConnectionMatchQuality({ view, name: title, isOneOfSeveral }: ConnectionMatchQualityProps) {
  const { connection, since, until, all, events } = view;
  const [chosen, setChosen] = useState<string>();
  const name = chosen ?? getDefaultEvent(view) ?? every;
  const named = events.find((one) => one.name === name);
  const match = named ?? all;
  const [first, next] = summarizeMatchQuality(match, named?.name);
  const choices = [
    { value: every, label: `All events (${formatInteger(all.delivered)})` },
    ...events.map((one) => ({ value: one.name, label: `${one.name} (${formatInteger(one.delivered)})` })),
  ];
  return (
    <Panel
      title={isOneOfSeveral ? title : 'Match keys of delivered events'}
      description={`${isOneOfSeveral ? '' : `${title}, `}${formatSiteDays(since, until, view.timeZone)}`}
      actions={
        events.length > 0 && (
          <Select
            aria-label={`Event name: ${connection}`}
            data={choices}
            value={named?.name ?? every}
            onChange={(value) => setChosen(value ?? every)}
            allowDeselect={false}
            searchable={choices.length > 10}
          />
        )
      }
    >
      {match.delivered === 0 ? (
        <EmptyState icon="target" title="No events delivered in this period">
          The match keys of delivered events appear here. Choose a longer period, or check the connection.
        </EmptyState>
      ) : (
        <Stack gap="md">
          <Alert color="jade" variant="light" icon={<Icon name="target" />}>
            <Text fw={600} size="sm">
              {first}
            </Text>
            {next !== undefined && (
              <Text size="sm" mt={2}>
                <InlineCode text={next} />
              </Text>
            )}
          </Alert>
          <MatchDays site={view.site} connection={connection} since={since} until={until} event={named?.name} />
          <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
            {match.keys.map((key) => (
              <MatchKeyRow key={key.key} view={key} delivered={match.delivered} />
            ))}
          </Stack>
        </Stack>
      )}
    </Panel>
  );
}
