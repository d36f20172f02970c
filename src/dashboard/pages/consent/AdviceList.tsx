import { Box, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import type { AdviceView } from '../../../api/client.ts';
import { Copyable } from '../../components/display/Copyable.tsx';
import { removeBackticks } from '../../components/display/format.ts';
import { Icon, type IconName } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { Panel } from '../../components/layout/Panel.tsx';

const levelStyles = {
  ok: { color: 'jade', icon: 'check', prefix: 'OK: ' },
  warning: { color: 'yellow', icon: 'info', prefix: 'Warning: ' },
  problem: { color: 'red', icon: 'warn', prefix: 'Problem: ' },
} as const satisfies Record<AdviceView['level'], { readonly color: string; readonly icon: IconName; readonly prefix: string }>;

function formatSubject(subject: string): string {
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
}

interface AdviceListProps {
  readonly advice: readonly AdviceView[];
  readonly page: string | undefined;
}

/** Lists the findings of the consent doctor, with code that fixes them. */
export function AdviceList({ advice, page }: AdviceListProps) {
  return (
    <Panel
      title="Findings"
      description={
        page === undefined
          ? 'Based on browser events. Enter a page above to check it as well.'
          : `Based on browser events and ${page}.`
      }
    >
      <Stack component="ul" gap="lg" m={0} p={0} style={{ listStyle: 'none' }}>
        {advice.map((one) => (
          <AdviceItem key={`${one.subject} ${one.says}`} advice={one} />
        ))}
      </Stack>
    </Panel>
  );
}

function AdviceItem({ advice: { level, subject, says, paste } }: { readonly advice: AdviceView }) {
  const { color, icon, prefix } = levelStyles[level];
  return (
    <Group component="li" gap="md" wrap="nowrap" align="flex-start">
      <ThemeIcon color={color} variant="light" radius="xl" size={28}>
        <Icon name={icon} size={15} />
      </ThemeIcon>
      <Box miw={0} flex={1}>
        <Text size="sm" fw={600}>
          <span className="unseen">{prefix}</span>
          <InlineCode text={formatSubject(subject)} />
        </Text>
        <Text size="sm" maw="75ch">
          <InlineCode text={says.endsWith('.') ? says : `${says}.`} />
        </Text>
        {paste && (
          <Stack gap={4} mt="xs">
            <Text size="xs" c="dimmed">
              <InlineCode text={`${paste.where}:`} />
            </Text>
            <Copyable text={paste.lines} label={removeBackticks(`Code for ${subject}: ${paste.where}`)} />
          </Stack>
        )}
      </Box>
    </Group>
  );
}
