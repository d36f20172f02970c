import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ask } from '../../api.ts';
import { Confirm } from '../../parts/Confirm.tsx';
import { useChange } from '../../queries.ts';
import { AddForm } from './AddForm.tsx';
import { type Asked, consequenceOf, labelOf, titleOf } from './asked.ts';
import { PasswordForm } from './PasswordForm.tsx';

interface AccountDialogProps {
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
}

/** Asks for what is missing, or whether one is sure. While it closes it shows what it showed. */
export function AccountDialog({ asked, onClose }: AccountDialogProps) {
  const [shown, setShown] = useState(asked);
  const sure = useChange(doneTo, { onDone: onClose });
  const { reset } = sure;
  useEffect(() => {
    if (!asked) return;
    setShown(asked);
    reset();
  }, [asked, reset]);
  if (!shown) return null;
  if (shown.what === 'role' || shown.what === 'remove')
    return (
      <Confirm
        opened={asked !== undefined}
        onClose={onClose}
        title={titleOf(shown)}
        label={labelOf(shown)}
        isHarmful={shown.what === 'remove'}
        isPending={sure.isPending}
        error={sure.error}
        onConfirm={() => sure.mutate(shown)}
      >
        {consequenceOf(shown)}
      </Confirm>
    );
  return (
    <Modal
      opened={asked !== undefined}
      onClose={onClose}
      title={titleOf(shown)}
      centered
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
      styles={{ title: { fontWeight: 650 } }}
    >
      {shown.what === 'add' ? (
        <AddForm onDone={onClose} />
      ) : (
        <PasswordForm name={shown.name} says={consequenceOf(shown)} onDone={onClose} />
      )}
    </Modal>
  );
}

type Sure = Extract<Asked, { readonly what: 'role' } | { readonly what: 'remove' }>;

async function doneTo(asked: Sure): Promise<void> {
  if (asked.what === 'role') await ask('PATCH /api/accounts/:name', { name: asked.name }, { role: asked.role });
  else await ask('DELETE /api/accounts/:name', { name: asked.name });
}
