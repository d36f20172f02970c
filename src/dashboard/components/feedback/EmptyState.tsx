import { Center, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '../display/Icon.tsx';

/** Explains why a list is empty and what to do. */
export function EmptyState({
  icon = 'info',
  title,
  children,
}: {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <Center py="xl" px="md">
      <Stack align="center" gap={6} maw="52ch" ta="center" c="dimmed">
        <Icon name={icon} size={28} />
        <Text fw={600} c="var(--mantine-color-text)">
          {title}
        </Text>
        {children !== undefined && <Text size="sm">{children}</Text>}
      </Stack>
    </Center>
  );
}
