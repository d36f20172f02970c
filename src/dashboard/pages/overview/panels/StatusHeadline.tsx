import { Group, Paper, Stack, Text, ThemeIcon } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { Marked } from '../../../components/display/InlineCode.tsx';
import { When } from '../../../components/display/Timestamp.tsx';
import type { SiteStatus } from '../summary/site-status.ts';

const looks = {
  working: { color: 'jade', icon: 'check' },
  hand: { color: 'orange', icon: 'warn' },
  quiet: { color: 'gray', icon: 'clock' },
} as const satisfies Record<SiteStatus['level'], { readonly color: string; readonly icon: IconName }>;

interface AnswerProps {
  readonly verdict: SiteStatus;
  readonly askedAt: number;
  /** Whether the last time it was asked nobody answered. */
  readonly isOld: boolean;
  readonly children?: ReactNode;
}

/** Is it working? In one sentence, before anything else. */
export function Answer({ verdict, askedAt, isOld, children }: AnswerProps) {
  const { color, icon } = looks[verdict.level];
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
              <Marked text={verdict.says} />
            </Text>
            <Text size="xs" c={isOld ? 'var(--mantine-color-error)' : 'dimmed'}>
              {isOld ? 'The gateway does not answer. This is how it was at ' : 'As of '}
              <When at={askedAt} as="clock" />
              {isOld ? '.' : '; asked again every 10 s.'}
            </Text>
          </Stack>
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
