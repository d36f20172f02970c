import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Confirm } from '../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { AddForm } from './AddAccountForm.tsx';
import { type Asked, confirmLabel, dialogBody, dialogTitle } from './account-action.ts';
import { PasswordForm } from './PasswordForm.tsx';

interface AccountDialogProps {
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
}

/** Asks for what is missing, or whether one is sure. While it closes it shows what it showed. */
export function AccountDialog({ asked, onClose }: AccountDialogProps) {
  const [before, setBefore] = useState<Asked>({ what: 'add' });
  const shown = asked ?? before;
  const sure = useApiMutation(doneTo, { onDone: onClose });
  const { reset } = sure;
  useEffect(() => {
    if (!asked) return;
    setBefore(asked);
    reset();
  }, [asked, reset]);
  return (
    <>
      <Confirm
        opened={asked !== undefined && isSure(asked)}
        onClose={onClose}
        title={dialogTitle(shown)}
        label={confirmLabel(shown)}
        isHarmful={shown.what === 'remove'}
        isPending={sure.isPending}
        error={sure.error}
        onConfirm={() => isSure(shown) && sure.mutate(shown)}
      >
        {dialogBody(shown)}
      </Confirm>
      <Modal opened={asked !== undefined && !isSure(asked)} onClose={onClose} title={dialogTitle(shown)}>
        {shown.what === 'password' ? (
          <PasswordForm name={shown.name} says={dialogBody(shown)} onDone={onClose} />
        ) : (
          <AddForm onDone={onClose} />
        )}
      </Modal>
    </>
  );
}

type Sure = Extract<Asked, { readonly what: 'role' } | { readonly what: 'remove' }>;

const isSure = (asked: Asked): asked is Sure => asked.what === 'role' || asked.what === 'remove';

async function doneTo(asked: Sure): Promise<void> {
  if (asked.what === 'role') await callApi('PATCH /api/accounts/:name', { name: asked.name }, { role: asked.role });
  else await callApi('DELETE /api/accounts/:name', { name: asked.name });
}
