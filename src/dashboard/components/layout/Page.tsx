import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  /** One sentence: what the page tells. */
  readonly description?: ReactNode;
  /** What can be done here, beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page's title, which the browser's tab has too, and what follows. */
export function Page({ title, description: says, actions, children }: PageProps) {
  useEffect(() => {
    document.title = title === 'Overview' ? 'Convey' : `${title} · Convey`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <Box flex="1 1 20rem" miw={0}>
          <Title order={1}>{title}</Title>
          {says !== undefined && (
            <Text c="dimmed" mt={4} maw="70ch">
              {says}
            </Text>
          )}
        </Box>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}
