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
  const [lastAction, setLastAction] = useState<AccountAction>({ kind: 'add' });
  const shown = action ?? lastAction;
  const confirm = useApiMutation(applyAction, { onDone: onClose });
  const { reset } = confirm;
  useEffect(() => {
    if (!action) return;
    setLastAction(action);
    reset();
  }, [action, reset]);
  return (
    <>
      <ConfirmDialog
        opened={action !== undefined && needsConfirmation(action)}
        onClose={onClose}
        title={getDialogTitle(shown)}
        label={getConfirmLabel(shown)}
        isDestructive={shown.kind === 'remove'}
        mutation={confirm}
        onConfirm={() => needsConfirmation(shown) && confirm.mutate(shown)}
      >
        {getDialogBody(shown)}
      </ConfirmDialog>
      <Modal opened={action !== undefined && !needsConfirmation(action)} onClose={onClose} title={getDialogTitle(shown)}>
        {shown.kind === 'password' ? (
          <PasswordForm name={shown.name} description={getDialogBody(shown)} onDone={onClose} />
        ) : (
          <AddAccountForm onDone={onClose} />
        )}
      </Modal>
    </>
  );
}

type ConfirmedAction = Extract<AccountAction, { readonly kind: 'role' } | { readonly kind: 'remove' }>;

const needsConfirmation = (action: AccountAction): action is ConfirmedAction =>
  action.kind === 'role' || action.kind === 'remove';

async function applyAction(action: ConfirmedAction): Promise<void> {
  if (action.kind === 'role') await callApi('PATCH /api/accounts/:name', { name: action.name }, { role: action.role });
  else await callApi('DELETE /api/accounts/:name', { name: action.name });
}
