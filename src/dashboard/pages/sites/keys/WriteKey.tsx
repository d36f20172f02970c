import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { CopyButton } from '../../../components/display/Copyable.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { RemoveKeyDialog } from './RemoveKeyDialog.tsx';

/** Shows the site's write key and its replaced write keys. */
export function WriteKey({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [isRotating, setIsRotating] = useState(false);
  const [removed, setRemoved] = useState<string>();
  const rotate = useApiMutation(() => callApi('POST /api/sites/:site/keys', { site: site.id }, { kind: 'write' }), {
    onDone: () => setIsRotating(false),
  });
  return (
    <Panel
      title="Write key"
      description="Identifies the site in the snippet. It is public."
      actions={
        mayChange && (
          <Button size="xs" variant="default" onClick={() => setIsRotating(true)}>
            Rotate key
          </Button>
        )
      }
    >
      <Stack gap="xs">
        <WriteKeyRow text={site.writeKey} description="Current key">
          <CopyButton text={site.writeKey} />
        </WriteKeyRow>
        {site.oldWriteKeys.map(({ key, retiredAt }) => (
          <WriteKeyRow
            key={key}
            text={key}
            description={
              <>
                Replaced <Timestamp at={retiredAt} as="ago" />, valid until you remove it
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
        title="Rotate write key?"
        label="Rotate key"
        mutation={rotate}
        onConfirm={() => rotate.mutate(undefined)}
      >
        The snippet will contain a new key. The current key keeps working until you remove it. Before you do, update the snippet
        on all pages.
      </ConfirmDialog>
      <RemoveKeyDialog site={site.id} id={removed} title="Remove old write key?" onClose={() => setRemoved(undefined)}>
        Pages that still use this key will stop sending events.
      </RemoveKeyDialog>
    </Panel>
  );
}

function WriteKeyRow({
  text,
  description,
  children,
}: {
  readonly text: string;
  readonly description: React.ReactNode;
  readonly children?: React.ReactNode;
}) {
  return (
    <Group justify="space-between" gap="sm">
      <div style={{ minWidth: 0, flex: '1 1 14rem' }}>
        <Code style={{ overflowWrap: 'anywhere' }}>{text}</Code>
        <Text size="xs" c="dimmed" mt={2}>
          {description}
        </Text>
      </div>
      {children}
    </Group>
  );
}
