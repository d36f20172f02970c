import { Group, Paper, Stack, Text, ThemeIcon } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import type { SiteStatus } from '../summary/site-status.ts';

const levelStyles = {
  working: { color: 'jade', icon: 'check' },
  hand: { color: 'orange', icon: 'warn' },
  quiet: { color: 'gray', icon: 'clock' },
} as const satisfies Record<SiteStatus['level'], { readonly color: string; readonly icon: IconName }>;

interface StatusHeadlineProps {
  readonly status: SiteStatus;
  readonly fetchedAt: number;
  /** Whether the last time it was asked nobody answered. */
  readonly isStale: boolean;
  readonly children?: ReactNode;
}

/** Is it working? In one sentence, before anything else. */
export function StatusHeadline({ status: verdict, fetchedAt: askedAt, isStale: isOld, children }: StatusHeadlineProps) {
  const { color, icon } = levelStyles[verdict.level];
  return (
    <Paper
      component="section"
      aria-label="Is it working?"
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
              <InlineCode text={verdict.message} />
            </Text>
            <Text size="xs" c={isOld ? 'var(--mantine-color-error)' : 'dimmed'}>
              {isOld ? 'The gateway does not answer. This is how it was at ' : 'As of '}
              <Timestamp at={askedAt} as="clock" />
              {isOld ? '.' : '; asked again every 10 s.'}
            </Text>
          </Stack>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
