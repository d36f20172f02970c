import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Labelled figures side by side. */
export function StatList({
  stats,
  cols = { base: 2, sm: 3, lg: 6 },
}: {
  readonly stats: readonly { readonly label: string; readonly value: ReactNode; readonly description?: ReactNode }[];
  readonly cols?: Readonly<Record<string, number>>;
}) {
  return (
    <SimpleGrid component="dl" cols={cols} spacing="lg" verticalSpacing="md" m={0}>
      {stats.map(({ label, value, description }) => (
        <Box key={label}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fw={600} className="figures">
            {value}
          </Text>
          {description !== undefined && (
            <Text component="dd" m={0} size="xs" c="dimmed">
              {description}
            </Text>
          )}
        </Box>
      ))}
    </SimpleGrid>
  );
}
