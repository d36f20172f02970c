import { Group, Paper, Stack, Text, ThemeIcon } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import type { SiteStatus } from '../summary/site-status.ts';

const levelStyles = {
  working: { color: 'jade', icon: 'check' },
  problem: { color: 'orange', icon: 'warn' },
  quiet: { color: 'gray', icon: 'clock' },
} as const satisfies Record<SiteStatus['level'], { readonly color: string; readonly icon: IconName }>;

interface StatusHeadlineProps {
  readonly status: SiteStatus;
  readonly fetchedAt: number;
  /** Whether the last refetch failed. */
  readonly isStale: boolean;
  readonly children?: ReactNode;
}

/** Shows in one sentence whether everything works. */
export function StatusHeadline({ status, fetchedAt, isStale, children }: StatusHeadlineProps) {
  const { color, icon } = levelStyles[status.level];
  return (
    <Paper
      component="section"
      aria-label="Status"
      withBorder
      p={{ base: 'md', md: 'lg' }}
      style={{ borderInlineStart: `4px solid var(--mantine-color-${color}-filled)` }}
    >
      <Stack gap="lg">
        <Group wrap="nowrap" align="flex-start" gap="md">
          <ThemeIcon color={color} variant="light" size={40} radius="xl">
            <Icon name={icon} size={22} />
          </ThemeIcon>
          <Stack gap={2} miw={0}>
            <Text fz={{ base: 'md', sm: 'lg' }} fw={600} lh={1.4} role="status">
              <InlineCode text={status.message} />
            </Text>
            <Text size="xs" c={isStale ? 'var(--mantine-color-error)' : 'dimmed'}>
              {isStale ? 'The gateway is not responding. Last update at ' : 'As of '}
              <Timestamp at={fetchedAt} as="clock" />
              {isStale ? '.' : ', updated every 10 s.'}
            </Text>
          </Stack>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
