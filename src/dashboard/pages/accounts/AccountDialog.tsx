import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { AddAccountForm } from './AddAccountForm.tsx';
import { type AccountAction, getDialogTitle, getRemovalText } from './account-action.ts';
import { InviteForm } from './InviteForm.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { RoleForm } from './RoleForm.tsx';

interface AccountDialogProps {
  readonly action: AccountAction | undefined;
  readonly onClose: () => void;
}

/** Asks for the missing input or for confirmation. Keeps its content while it closes. */
export function AccountDialog({ action, onClose }: AccountDialogProps) {
  const [lastAction, setLastAction] = useState<AccountAction>({ kind: 'add' });
  const shown = action ?? lastAction;
  const remove = useApiMutation((name: string) => callApi('DELETE /api/accounts/:name', { name }), { onDone: onClose });
  const { reset } = remove;
  useEffect(() => {
    if (!action) return;
    setLastAction(action);
    reset();
  }, [action, reset]);
  return (
    <>
      <ConfirmDialog
        opened={action?.kind === 'remove'}
        onClose={onClose}
        title={getDialogTitle(shown)}
        label="Remove account"
        isDestructive
        mutation={remove}
        onConfirm={() => shown.kind === 'remove' && remove.mutate(shown.name)}
      >
        {shown.kind === 'remove' && getRemovalText(shown)}
      </ConfirmDialog>
      <Modal opened={action !== undefined && action.kind !== 'remove'} onClose={onClose} title={getDialogTitle(shown)}>
        <ActionForm action={shown} onDone={onClose} />
      </Modal>
    </>
  );
}

function ActionForm({ action, onDone }: { readonly action: AccountAction; readonly onDone: () => void }) {
  switch (action.kind) {
    case 'invite':
      return <InviteForm onDone={onDone} />;
    case 'add':
      return <AddAccountForm onDone={onDone} />;
    case 'role':
      return <RoleForm account={action.account} isSelf={action.isSelf} onDone={onDone} />;
    case 'password':
      return <PasswordForm name={action.name} onDone={onDone} />;
    case 'remove':
      return null;
  }
}
