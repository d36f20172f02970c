import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

/** The key that the pixel names the site with, and those that it had before. */
export function WriteKey({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [isRotating, setIsRotating] = useState(false);
  const [removed, setRemoved] = useState<string>();
  const rotate = useApiMutation(() => callApi('POST /api/sites/:site/keys', { site: site.id }, { kind: 'write' }), {
    onDone: () => setIsRotating(false),
  });
  const remove = useApiMutation((key: string) => callApi('DELETE /api/sites/:site/keys/:key', { site: site.id, key }), {
    onDone: () => setRemoved(undefined),
  });
  return (
    <Panel
      title="Write key"
      description="Names the site in the snippet. It is public: every shopper can read it."
      actions={
        mayChange && (
          <Button size="xs" variant="default" onClick={() => setIsRotating(true)}>
            Make a new one
          </Button>
        )
      }
    >
      <Stack gap="xs">
        <WriteKeyRow text={site.writeKey} says="In the snippet by now">
          <CopyButton text={site.writeKey} />
        </WriteKeyRow>
        {site.oldWriteKeys.map(({ key, retiredAt }) => (
          <WriteKeyRow
            key={key}
            text={key}
            says={
              <>
                Replaced <Timestamp at={retiredAt} as="ago" />, taken until it is removed
              </>
            }
          >
            {mayChange && (
              <Button size="xs" variant="default" onClick={() => setRemoved(key)} aria-label={`Remove ${key}`}>
                Remove
              </Button>
            )}
          </WriteKeyRow>
        ))}
      </Stack>
      <ConfirmDialog
        opened={isRotating}
        onClose={() => setIsRotating(false)}
        title="Make a new write key?"
        label="Make it"
        isPending={rotate.isPending}
        error={rotate.error}
        onConfirm={() => rotate.mutate(undefined)}
      >
        The snippet then has the new key. Pages with the present one go on to work until you remove it here, so put the new
        snippet into all of them first.
      </ConfirmDialog>
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title="Remove the old write key?"
        label="Remove it"
        isDestructive
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => removed !== undefined && remove.mutate(removed)}
      >
        Pages that still have it report nothing from then on.
      </ConfirmDialog>
    </Panel>
  );
}

function WriteKeyRow({
  text,
  says,
  children,
}: {
  readonly text: string;
  readonly says: React.ReactNode;
  readonly children?: React.ReactNode;
}) {
  return (
    <Group justify="space-between" gap="sm">
      <div style={{ minWidth: 0, flex: '1 1 14rem' }}>
        <Code style={{ overflowWrap: 'anywhere' }}>{text}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          {says}
        </Text>
      </div>
      {children}
    </Group>
  );
}
