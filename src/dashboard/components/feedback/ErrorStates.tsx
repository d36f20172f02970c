import { Alert, Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '../../../api/client.ts';
import { isUnreached } from '../../data/reachability.ts';
import { Icon } from '../display/Icon.tsx';
import { InlineCode } from '../display/InlineCode.tsx';
import { RouterAnchor } from '../layout/router-links.tsx';
import { usePageTitle } from '../layout/use-page-title.ts';

/** Returns the gateway's error message, or a general one if the page itself failed. */
export function getErrorMessage(error: unknown): string {
  return error instanceof ApiError ? error.message : 'This page failed. Reload it. If the error persists, please report it.';
}

/** A request that was refused got an answer. The gateway itself, or its database, may give none. */
function getErrorTitle(error: unknown): string {
  if (error instanceof ApiError && isUnreached(error.code)) return 'No answer';
  return isMissing(error) ? 'Not found' : 'Something went wrong';
}

/** Returns whether the gateway answered that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.code.startsWith('no-such-');
}

/** Shows an error's message. */
export function ErrorAlert({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => unknown }) {
  return (
    <Alert color="red" variant="light" icon={<Icon name="warn" />} title={getErrorTitle(error)} role="alert" ta="start">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          <InlineCode text={getErrorMessage(error)} />
        </Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={() => void onRetry()}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Replaces a page that failed to render. */
export function PageError({ error, reset }: ErrorComponentProps) {
  usePageTitle('This page failed');
  return (
    <Center mih="40vh" p="md">
      <Stack>
        <Title order={1}>This page failed</Title>
        <ErrorAlert error={error} onRetry={reset} />
      </Stack>
    </Center>
  );
}

export function NotFound({ message = 'This page does not exist.' }: { readonly message?: string }) {
  usePageTitle('Not found');
  return (
    <Center mih="40vh">
      <Stack align="center" gap="xs">
        <Title order={1}>Not found</Title>
        <Text c="dimmed">{message}</Text>
        <Group>
          <RouterAnchor to="/">Go to the overview</RouterAnchor>
        </Group>
      </Stack>
    </Center>
  );
}

export function MissingSite() {
  return <NotFound message="This site does not exist. It may have been removed." />;
}
