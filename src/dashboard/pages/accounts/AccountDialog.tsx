import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { AddAccountForm } from './AddAccountForm.tsx';
import { type AccountAction, getConfirmLabel, getDialogBody, getDialogTitle } from './account-action.ts';
import { PasswordForm } from './PasswordForm.tsx';

interface AccountDialogProps {
  readonly action: AccountAction | undefined;
  readonly onClose: () => void;
}

/** Asks for what is missing, or whether one is sure. While it closes it shows what it showed. */
export function AccountDialog({ action: asked, onClose }: AccountDialogProps) {
  const [before, setBefore] = useState<AccountAction>({ what: 'add' });
  const shown = asked ?? before;
  const sure = useApiMutation(applyAction, { onDone: onClose });
  const { reset } = sure;
  useEffect(() => {
    if (!asked) return;
    setBefore(asked);
    reset();
  }, [asked, reset]);
  return (
    <>
      <ConfirmDialog
        opened={asked !== undefined && needsConfirmation(asked)}
        onClose={onClose}
        title={getDialogTitle(shown)}
        label={getConfirmLabel(shown)}
        isDestructive={shown.what === 'remove'}
        isPending={sure.isPending}
        error={sure.error}
        onConfirm={() => needsConfirmation(shown) && sure.mutate(shown)}
      >
        {getDialogBody(shown)}
      </ConfirmDialog>
      <Modal opened={asked !== undefined && !needsConfirmation(asked)} onClose={onClose} title={getDialogTitle(shown)}>
        {shown.what === 'password' ? (
          <PasswordForm name={shown.name} description={getDialogBody(shown)} onDone={onClose} />
        ) : (
          <AddAccountForm onDone={onClose} />
        )}
      </Modal>
    </>
  );
}

type ConfirmedAction = Extract<AccountAction, { readonly what: 'role' } | { readonly what: 'remove' }>;

const needsConfirmation = (asked: AccountAction): asked is ConfirmedAction => asked.what === 'role' || asked.what === 'remove';

async function applyAction(asked: ConfirmedAction): Promise<void> {
  if (asked.what === 'role') await callApi('PATCH /api/accounts/:name', { name: asked.name }, { role: asked.role });
  else await callApi('DELETE /api/accounts/:name', { name: asked.name });
}
