import { Stack } from '@mantine/core';
import { useState } from 'react';
import type { HookView } from '../../../../api/client.ts';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { SecretRow } from '../keys/SecretRow.tsx';

interface HookSecretsProps {
  readonly site: string;
  readonly hook: HookView;
  readonly mayChange: boolean;
}

/** Lists the secrets of a hook by their ids. They are never shown again. */
export function HookSecrets({ site, hook: { id: hook, secrets }, mayChange }: HookSecretsProps) {
  const [removed, setRemoved] = useState<string>();
  const remove = useApiMutation(
    (secret: string) => callApi('DELETE /api/sites/:site/hooks/:hook/secrets/:secret', { site, hook, secret }),
    { onDone: () => setRemoved(undefined) },
  );
  if (secrets.length === 0) return null;
  return (
    <Stack gap="xs" maw={640}>
      {secrets.map(({ id, createdAt, problem }) => (
        <SecretRow
          key={id}
          id={id}
          createdAt={createdAt}
          createdLabel="Secret added"
          problem={problem}
          onRemove={mayChange ? () => setRemoved(id) : undefined}
          removeLabel={`Remove secret ${id}`}
        />
      ))}
      <ConfirmDialog
        opened={removed !== undefined}
        onClose={() => setRemoved(undefined)}
        title={`Remove secret ${removed ?? ''}?`}
        label="Remove secret"
        isDestructive
        mutation={remove}
        onConfirm={() => removed !== undefined && remove.mutate(removed)}
      >
        Requests that are signed with this secret will be rejected.
      </ConfirmDialog>
    </Stack>
  );
}
