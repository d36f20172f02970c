import { Alert, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { ConnectedAccountView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface ConnectedAccountProps {
  readonly site: string;
  readonly connection: string;
  readonly account: ConnectedAccountView;
}

/** The account that a connection uses, and why the platform ended the access. */
export function ConnectedAccount({ site, connection, account }: ConnectedAccountProps) {
  const { userName, identityProvider, accountId, connectedAt, ended, uploads } = account;
  const [isAsking, setIsAsking] = useState(false);
  const remove = useApiMutation(() => callApi('DELETE /api/sites/:site/connections/:connection/account', { site, connection }), {
    onDone: () => setIsAsking(false),
  });
  return (
    <>
      {ended && (
        <Alert color="orange" icon={<Icon name="warn" />} title="The platform ended the access">
          <Text size="sm">
            <InlineCode text={`${ended.message} (\`${ended.code}\`)`} />
          </Text>
          <Text size="sm" mt={4}>
            The connection keeps its token. Goals have not been checked, and refunds have not been sent, since{' '}
            <Timestamp at={ended.since} />.
          </Text>
        </Alert>
      )}
      <Group gap="sm" justify="space-between">
        <Group gap={6} role="status" wrap="nowrap">
          <Text size="sm" className="words">
            {ended ? 'Was signed in' : 'Signed in'} as {userName === '' ? 'an unnamed user' : userName} with {identityProvider}
            {accountId !== undefined && `, account ${accountId}`}, <Timestamp at={connectedAt} as="ago" />.
          </Text>
        </Group>
        <RoleOnly needs="owner">
          {(isPermitted) => (
            <Button size="xs" variant="default" disabled={!isPermitted} onClick={() => setIsAsking(true)}>
              Disconnect
            </Button>
          )}
        </RoleOnly>
      </Group>
      {uploads && (
        <Text size="sm" c="dimmed">
          Refunds and late purchases: {uploads.sent} sent, {uploads.waiting} waiting, {uploads.refused} refused.
          {uploads.pause && !ended && (
            <>
              {' '}
              <InlineCode text={`${uploads.pause.message} (\`${uploads.pause.code}\`)`} />{' '}
              {uploads.pause.until === undefined ? 'Nothing is sent until then.' : 'Next attempt: '}
              {uploads.pause.until !== undefined && <Timestamp at={uploads.pause.until} />}
            </>
          )}
        </Text>
      )}
      <ConfirmDialog
        opened={isAsking}
        onClose={() => setIsAsking(false)}
        title="Disconnect the account?"
        label="Disconnect"
        isDestructive
        mutation={remove}
        onConfirm={() => remove.mutate(undefined)}
      >
        Convey deletes its access to the account, and no longer checks the goals. The connection keeps its token.
      </ConfirmDialog>
    </>
  );
}
