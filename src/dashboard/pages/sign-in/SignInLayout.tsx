import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { usePageTitle } from '../../components/layout/use-page-title.ts';
import { Brand } from '../../shell/Brand.tsx';

/** The layout of the pages before sign-in. */
export function SignInLayout({
  title,
  description,
  children,
}: {
  readonly title: string;
  readonly description: ReactNode;
  readonly children: ReactNode;
}) {
  usePageTitle(title);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Brand />
        <Paper withBorder p="xl">
          <Title order={1} size="h2">
            {title}
          </Title>
          <Text c="dimmed" size="sm" mt={4} mb="lg">
            {description}
          </Text>
          {children}
        </Paper>
      </Stack>
    </Center>
  );
}
