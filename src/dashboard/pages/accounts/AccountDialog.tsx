import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Role } from '../../../api/client.ts';
import { AddForm } from './AddForm.tsx';
import { PasswordForm } from './PasswordForm.tsx';
import { RemoveForm, RoleForm } from './SureForms.tsx';

/** What somebody is about to do to an account. */
export type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'role'; readonly name: string; readonly isSelf: boolean; readonly role: Role }
  | { readonly what: 'password' | 'remove'; readonly name: string; readonly isSelf: boolean };

interface AccountDialogProps {
  readonly asked: Asked | undefined;
  readonly onClose: () => void;
}

/** Asks for what is missing, or whether one is sure. While it closes it shows what it showed. */
export function AccountDialog({ asked, onClose }: AccountDialogProps) {
  const [shown, setShown] = useState(asked);
  useEffect(() => {
    if (asked) setShown(asked);
  }, [asked]);
  return (
    <Modal
      opened={asked !== undefined}
      onClose={onClose}
      title={shown ? titleOf(shown) : ''}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {shown && formOf(shown, onClose)}
    </Modal>
  );
}

function titleOf(asked: Asked): string {
  if (asked.what === 'add') return 'Add an account';
  if (asked.what === 'role') return `Make ${asked.name} ${asked.role === 'owner' ? 'an owner' : 'a viewer'}`;
  return asked.what === 'password' ? `Set a password for ${asked.name}` : `Remove ${asked.name}`;
}

function formOf(asked: Asked, onDone: () => void) {
  if (asked.what === 'add') return <AddForm onDone={onDone} />;
  if (asked.what === 'role') return <RoleForm {...asked} onDone={onDone} />;
  return asked.what === 'password' ? <PasswordForm {...asked} onDone={onDone} /> : <RemoveForm {...asked} onDone={onDone} />;
}
