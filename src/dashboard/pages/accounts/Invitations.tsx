import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { InvitationView } from '../../../api/client.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { EmptyState } from '../../components/feedback/EmptyState.tsx';
import { ErrorAlert } from '../../components/feedback/ErrorStates.tsx';
import { Panel } from '../../components/layout/Panel.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation, useApiQuery, useSites } from '../../data/queries.ts';
import { describeAccess } from './role-form.ts';

/** Lists the invitations that were not used yet. If there are none, explains them only on a page without other content. */
export function Invitations({ isOnlyContent = false }: { readonly isOnlyContent?: boolean }) {
  const invitations = useApiQuery('GET /api/invitations', {}, { everyMs: 30_000 });
  const { data: sites = [] } = useSites();
  const [revoked, setRevoked] = useState<InvitationView>();
  const revoke = useApiMutation((id: string) => callApi('DELETE /api/invitations/:invitation', { invitation: id }), {
    refreshes: ['GET /api/invitations'],
    onDone: () => setRevoked(undefined),
  });
  if (isOnlyContent && invitations.data?.length === 0)
    return (
      <Panel>
        <EmptyState icon="people" title="No open invitations">
          Invite a person to create a link. With it, the person chooses a name and a password.
        </EmptyState>
      </Panel>
    );
  if (invitations.data === undefined && invitations.error)
    return <ErrorAlert error={invitations.error} onRetry={invitations.refetch} />;
  if (invitations.data === undefined || invitations.data.length === 0) return null;
  return (
    <Panel title="Invitations" description="Links that were not used yet.">
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {invitations.data.map((invitation) => (
          <Group key={invitation.id} component="li" py="sm" justify="space-between" gap="sm" className="row">
            <Box flex="1 1 16rem" miw={0}>
              <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                {toTitle(invitation)}
              </Text>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {describeAccess(invitation, sites)}
              </Text>
              <Text size="xs" c="dimmed">
                Expires <Timestamp at={invitation.expiresAt} as="ago" />
              </Text>
            </Box>
            <Button
              size="xs"
              variant="light"
              color="red"
              aria-label={`Revoke: ${toTitle(invitation)}`}
              onClick={() => setRevoked(invitation)}
            >
              Revoke
            </Button>
          </Group>
        ))}
      </Stack>
      <ConfirmDialog
        opened={revoked !== undefined}
        onClose={() => setRevoked(undefined)}
        title="Revoke invitation?"
        label="Revoke invitation"
        isDestructive
        mutation={revoke}
        onConfirm={() => revoked && revoke.mutate(revoked.id)}
      >
        The link stops working. You can create another one.
      </ConfirmDialog>
    </Panel>
  );
}

const toTitle = ({ label, id }: InvitationView) => (label === '' ? `Invitation ${id.slice(0, 8)}` : label);
