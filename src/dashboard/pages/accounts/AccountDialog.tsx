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

/** Asks for the missing input or for confirmation. Keeps its content while it closes. */
export function AccountDialog({ action, onClose }: AccountDialogProps) {
  const [before, setBefore] = useState<AccountAction>({ what: 'add' });
  const shown = action ?? before;
  const sure = useApiMutation(applyAction, { onDone: onClose });
  const { reset } = sure;
  useEffect(() => {
    if (!action) return;
    setBefore(action);
    reset();
  }, [action, reset]);
  return (
    <>
      <ConfirmDialog
        opened={action !== undefined && needsConfirmation(action)}
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
      <Modal opened={action !== undefined && !needsConfirmation(action)} onClose={onClose} title={getDialogTitle(shown)}>
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

const needsConfirmation = (action: AccountAction): action is ConfirmedAction =>
  action.what === 'role' || action.what === 'remove';

async function applyAction(action: ConfirmedAction): Promise<void> {
  if (action.what === 'role') await callApi('PATCH /api/accounts/:name', { name: action.name }, { role: action.role });
  else await callApi('DELETE /api/accounts/:name', { name: action.name });
}
