import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import { useIsOwner } from '../../data/queries.ts';

/** What changes something: a viewer sees it, and is told who can. */
export function OwnerOnly({ children }: { readonly children: (isOwner: boolean) => ReactElement }) {
  const isOwner = useIsOwner();
  if (isOwner) return children(true);
  return (
    <Tooltip label="Only an owner may do this. You are a viewer.">
      <span>{children(false)}</span>
    </Tooltip>
  );
}
