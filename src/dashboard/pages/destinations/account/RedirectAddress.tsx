import { Code, Group, Text } from '@mantine/core';
import { redirectPath } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';

/** The address to which a platform sends a person back, for the registration of the app there. */
export function RedirectAddress({ help }: { readonly help: string }) {
  const url = `${window.location.origin}${redirectPath}`;
  return (
    <div>
      <Text size="sm" fw={600}>
        Redirect address
      </Text>
      <Text size="xs" c="dimmed">
        {help}
      </Text>
      <Group gap="xs" mt={4}>
        <Code style={{ overflowWrap: 'anywhere' }}>{url}</Code>
        <CopyButton text={url} />
      </Group>
    </div>
  );
}
