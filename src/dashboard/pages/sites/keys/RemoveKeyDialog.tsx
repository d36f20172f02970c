import type { ReactNode } from 'react';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../../data/api-client.ts';
import { useApiMutation } from '../../../data/queries.ts';

interface RemoveKeyDialogProps {
  readonly site: string;
  /** The key to remove, by its id. Undefined: the dialog is closed. */
  readonly id: string | undefined;
  readonly title: string;
  /** The consequences. */
  readonly children: ReactNode;
  readonly onClose: () => void;
}

/** Removes a key of a site after a confirmation. */
export function RemoveKeyDialog({ site, id, title, children, onClose }: RemoveKeyDialogProps) {
  const remove = useApiMutation((key: string) => callApi('DELETE /api/sites/:site/keys/:key', { site, key }), {
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      opened={id !== undefined}
      onClose={onClose}
      title={title}
      label="Remove key"
      isDestructive
      mutation={remove}
      onConfirm={() => id !== undefined && remove.mutate(id)}
    >
      {children}
    </ConfirmDialog>
  );
}
