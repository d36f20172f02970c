import { Box, Group, Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface PanelProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A bordered section of a page. */
export function Panel({ title, description, actions, children }: PanelProps) {
  return (
    <Paper component="section" withBorder p={{ base: 'md', md: 'lg' }} {...(title !== undefined && { 'aria-label': title })}>
      {title !== undefined && (
        <Group justify="space-between" align="flex-start" mb="md" gap="sm">
          <Box flex="1 1 16rem" miw={0}>
            <Title order={2}>{title}</Title>
            {description !== undefined && (
              <Text c="dimmed" size="sm" mt={2} maw="75ch">
                {description}
              </Text>
            )}
          </Box>
          {actions !== undefined && <Group gap="xs">{actions}</Group>}
        </Group>
      )}
      {children}
    </Paper>
  );
}
