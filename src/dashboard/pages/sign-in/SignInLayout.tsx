import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Brand } from '../../shell/Brand.tsx';

/** What stands before the dashboard. */
export function SignInLayout({
  title,
  says,
  children,
}: {
  readonly title: string;
  readonly says: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Convey`;
  }, [title]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Brand />
        <Paper withBorder p="xl">
          <Title order={1} size="h2">
            {title}
          </Title>
          <Text c="dimmed" size="sm" mt={4} mb="lg">
            {says}
          </Text>
          {children}
        </Paper>
      </Stack>
    </Center>
  );
}
