import { Alert, Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '../../../api/client.ts';
import { Icon } from '../display/Icon.tsx';
import { RouterAnchor } from '../layout/router-links.tsx';

/** What the gateway refused, in its own words, or that something broke here. */
export function ErrorAlert({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => unknown }) {
  const says =
    error instanceof ApiError ? error.message : 'This page met a fault of its own. Load it again; if it stays, report it.';
  return (
    <Alert color="red" variant="light" icon={<Icon name="warn" />} title="That did not work" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{says}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={() => void onRetry()}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** A page that broke. The others go on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <Center mih="40vh" p="md">
      <Stack>
        <Title order={1}>This page broke</Title>
        <ErrorAlert error={error} onRetry={reset} />
      </Stack>
    </Center>
  );
}

export function NotFound({ says = 'There is nothing at this address.' }: { readonly says?: string }) {
  return (
    <Center mih="40vh">
      <Stack align="center" gap="xs">
        <Title order={1}>Not found</Title>
        <Text c="dimmed">{says}</Text>
        <Group>
          <RouterAnchor to="/">To the overview</RouterAnchor>
        </Group>
      </Stack>
    </Center>
  );
}
