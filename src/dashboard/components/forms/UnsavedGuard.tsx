import { useBlocker } from '@tanstack/react-router';
import { pluralize } from '../display/format.ts';
import { ConfirmDialog } from '../feedback/ConfirmDialog.tsx';

/** Asks for confirmation before the user leaves the page with unsaved changes. */
export function UnsavedGuard({ changes }: { readonly changes: number }) {
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => changes > 0 && current.pathname !== next.pathname,
    enableBeforeUnload: () => changes > 0,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      opened={leaving.status === 'blocked'}
      onClose={() => leaving.reset?.()}
      title="Leave without saving?"
      label="Leave"
      isDestructive
      onConfirm={() => leaving.proceed?.()}
    >
      You will lose {pluralize(changes, 'unsaved change')} on this page.
    </ConfirmDialog>
  );
}
