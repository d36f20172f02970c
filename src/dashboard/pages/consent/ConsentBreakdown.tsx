import { Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { DiagnosisView } from '../../../api/client.ts';
import { formatInteger, formatPercent } from '../../components/display/format.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { summarizeDiagnosis } from './consent-labels.ts';

/** Shows the consent choices that events carried. */
export function ConsentBreakdown({ found }: { readonly found: DiagnosisView }) {
  const { events, stated, silentlyDenied } = found;
  const parts = [
    { name: 'Granted', description: 'The shopper agreed', count: stated.granted, color: 'var(--mantine-color-jade-filled)' },
    {
      name: 'Denied',
      description: 'The shopper or browser declined',
      count: stated.denied,
      color: 'var(--mantine-color-gray-5)',
    },
    {
      name: 'No choice',
      description: 'Nothing was sent, or only a default',
      count: stated.unknown,
      color: 'var(--mantine-color-orange-5)',
    },
  ];
  return (
    <Panel title="Consent choices">
      <Stack gap="md">
        <Text fw={600} role="status">
          {summarizeDiagnosis(found)}
        </Text>
        {events > 0 && (
          <>
            <Progress.Root size="xl" aria-hidden>
              {parts.map(({ name, count, color }) => (
                <Progress.Section key={name} value={(100 * count) / events} color={color} />
              ))}
            </Progress.Root>
            <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="md">
              {parts.map((part) => (
                <Figure key={part.name} {...part} share={formatPercent(part.count, events)} />
              ))}
              <Figure
                name="Denied by default"
                description="Counted as denied, but the shopper did not decline"
                count={silentlyDenied}
                share={formatPercent(silentlyDenied, events)}
              />
            </SimpleGrid>
          </>
        )}
      </Stack>
    </Panel>
  );
}

interface FigureProps {
  readonly name: string;
  readonly description: string;
  readonly count: number;
  readonly share: string;
  readonly color?: string;
}

function Figure({ name, description, count, share, color }: FigureProps) {
  return (
    <Stack gap={0}>
      <Group gap={6} wrap="nowrap">
        {color !== undefined && <span style={{ width: 10, height: 10, borderRadius: 3, flex: 'none', background: color }} />}
        <Text size="sm">{name}</Text>
      </Group>
      <Text fz={24} fw={650} lh={1.25} className="figures">
        {share}
        <Text span size="sm" c="dimmed" fw={400} ml={6}>
          {formatInteger(count)}
        </Text>
      </Text>
      <Text size="xs" c="dimmed">
        {description}
      </Text>
    </Stack>
  );
}
