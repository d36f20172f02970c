import { Badge, Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SiteSettingsView } from '../../../../api/client.ts';
import { ErrorAlert } from '../../../components/feedback/ErrorStates.tsx';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { CreatedKey } from './CreatedKey.tsx';
import { RemoveKeyDialog } from './RemoveKeyDialog.tsx';
import { SecretRow } from './SecretRow.tsx';

const mostKeys = 20;
type Kind = SiteSettingsView['segment']['keys'][number]['kind'];
const kinds = [
  { value: 'browser', label: 'In a page' },
  { value: 'server', label: 'On a server' },
] as const;

/** Lists and adds the keys that Segment SDKs have. A secret key is shown once, when it is made. */
export function SegmentKeys({ site, mayChange }: { readonly site: SiteSettingsView; readonly mayChange: boolean }) {
  const [isAdding, setIsAdding] = useState(false);
  const [createdKey, setCreatedKey] = useState<string>();
  const [removed, setRemoved] = useState<string>();
  const { keys } = site.segment;
  return (
    <Panel
      title="Keys of Segment SDKs"
      description="Write keys of Segment, RudderStack or Jitsu that your shop keeps. The keys of the site work without an entry here."
      actions={
        mayChange && (
          <Button size="xs" variant="default" disabled={keys.length >= mostKeys} onClick={() => setIsAdding(true)}>
            Add Segment key
          </Button>
        )
      }
    >
      <Stack gap="xs">
        {keys.length === 0 && (
          <Text size="sm" c="dimmed">
            No keys of SDKs.
          </Text>
        )}
        {keys.map(({ id, kind, key, createdAt }) => (
          <div key={id}>
            <SecretRow
              id={id}
              createdAt={createdAt}
              createdLabel="Added"
              onRemove={mayChange ? () => setRemoved(id) : undefined}
              removeLabel={`Remove ${id}`}
            />
            <Group gap="xs">
              <Badge variant="light">{kind === 'server' ? 'On a server, secret' : 'In a page, public'}</Badge>
              {key !== undefined && <Code style={{ overflowWrap: 'anywhere' }}>{key}</Code>}
            </Group>
          </div>
        ))}
      </Stack>
      <AddKey
        site={site.id}
        isOpen={isAdding}
        onClose={() => setIsAdding(false)}
        onAdded={(secret) => {
          setIsAdding(false);
          setCreatedKey(secret);
        }}
      />
      <CreatedKey text={createdKey} onClose={() => setCreatedKey(undefined)} />
      <RemoveKeyDialog site={site.id} id={removed} title={`Remove key ${removed ?? ''}?`} onClose={() => setRemoved(undefined)}>
        SDKs that use this key can no longer send events. Events they send with it are lost.
      </RemoveKeyDialog>
    </Panel>
  );
}

interface AddKeyProps {
  readonly site: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Called with a new secret key, which is shown once. Undefined if the key is known or public. */
  readonly onAdded: (secret: string | undefined) => void;
}

function AddKey({ site, isOpen, onClose, onAdded }: AddKeyProps) {
  const [kind, setKind] = useState<Kind>('browser');
  const [key, setKey] = useState('');
  const given = key.trim();
  const add = useApiMutation(
    () => callApi('POST /api/sites/:site/keys', { site }, { kind: `segment-${kind}`, ...(given !== '' && { key: given }) }),
    {
      onDone: (created) => {
        onAdded(kind === 'server' && given === '' ? created.key : undefined);
        setKey('');
      },
    },
  );
  return (
    <Modal opened={isOpen} onClose={onClose} title="Add Segment key" size="lg">
      <Stack>
        {add.error && <ErrorAlert error={add.error} />}
        <ChoiceField
          label="Used"
          description="A key in a page is public, and its events count as a browser's. One of a server is secret."
          options={kinds}
          value={kind}
          onChange={setKind}
        />
        <TextInput
          label="Key that the SDK has"
          description="Leave it empty for a new key."
          autoComplete="off"
          spellCheck={false}
          value={key}
          onChange={({ currentTarget }) => setKey(currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={add.isPending} onClick={() => add.mutate(undefined)}>
            Add key
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
