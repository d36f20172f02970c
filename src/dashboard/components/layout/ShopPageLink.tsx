import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { Copyable } from '../display/Copyable.tsx';
import { ErrorAlert } from '../feedback/ErrorStates.tsx';
import { RoleOnly } from '../feedback/RoleOnly.tsx';

interface ShopPageLinkProps {
  readonly site: string;
  /** The domain of the shop. */
  readonly domain: string;
}

/** Makes an address of the shop that opens a session of one tab: the page shows the overlay, and the dashboard what the page writes. */
export function ShopPageLink({ site, domain }: ShopPageLinkProps) {
  const open = useApiMutation(() => callApi('POST /api/sites/:site/page-sessions', { site }));
  const address = open.data && `https://${domain}/?convey_debug=${open.data.token}`;
  return (
    <Stack gap="xs">
      {open.error && <ErrorAlert error={open.error} />}
      {address !== undefined && (
        <>
          <Copyable text={address} label="Address of the page" />
          <Anchor href={address} target="_blank" rel="noreferrer" size="sm">
            Open {domain}
          </Anchor>
          <Text size="xs" c="dimmed">
            It works once, in one tab, within 30 minutes. Add the part from the question mark to any other page of the shop. If
            you opened the shop in the last five minutes, your browser may still have the script without the overlay: then open
            the address again.
          </Text>
        </>
      )}
      <Group>
        <RoleOnly needs="editor" site={site}>
          {(isPermitted) => (
            <Button
              size="xs"
              variant="default"
              disabled={!isPermitted}
              loading={open.isPending}
              onClick={() => open.mutate(undefined)}
            >
              Look at a page
            </Button>
          )}
        </RoleOnly>
      </Group>
    </Stack>
  );
}
