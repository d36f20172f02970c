import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { DiagnosisView } from '../../../api/client.ts';
import { SeriesSwatch } from '../../components/charts/SeriesSwatch.tsx';
import { ShareBar } from '../../components/charts/ShareBar.tsx';
import { formatInteger, formatPercent } from '../../components/display/format.ts';
import { Panel } from '../../components/layout/Panel.tsx';
import { describeNoChoice, summarizeDiagnosis } from './consent-labels.ts';

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
      description: describeNoChoice(silentlyDenied),
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
            <ShareBar parts={parts} size="xl" />
            <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md">
              {parts.map((part, nth) => (
                <Figure key={part.name} {...part} nth={nth} share={formatPercent(part.count, events)} />
              ))}
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
  readonly color: string;
  /** The place in the bar. */
  readonly nth: number;
}

function Figure({ name, description, count, share, color, nth }: FigureProps) {
  return (
    <Stack gap={0}>
      <Group gap={6} wrap="nowrap">
        <SeriesSwatch color={color} type="bar" pattern={nth} />
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
