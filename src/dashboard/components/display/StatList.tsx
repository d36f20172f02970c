import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Short facts side by side: what it is, and how much or when. */
export function StatList({
  facts,
  cols = { base: 2, sm: 3, lg: 6 },
}: {
  readonly facts: readonly { readonly label: string; readonly value: ReactNode; readonly says?: ReactNode }[];
  readonly cols?: Readonly<Record<string, number>>;
}) {
  return (
    <SimpleGrid component="dl" cols={cols} spacing="lg" verticalSpacing="md" m={0}>
      {facts.map(({ label, value, says }) => (
        <Box key={label}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fw={600} className="figures">
            {value}
          </Text>
          {says !== undefined && (
            <Text component="dd" m={0} size="xs" c="dimmed">
              {says}
            </Text>
          )}
        </Box>
      ))}
    </SimpleGrid>
  );
}
