import { Anchor, Text } from '@mantine/core';

/** Links to the page of one of the gateway's own simulators. */
export function SimulatorLink({ url }: { readonly url: string }) {
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      <Anchor href={url} target="_blank" rel="noreferrer noopener" inherit underline="always">
        {url}
      </Anchor>{' '}
      shows which events would count. It opens on the gateway's machine only.
    </Text>
  );
}
