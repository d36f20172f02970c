import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import { useIsOwner } from '../../data/queries.ts';

/** Renders a control that only owners may use. Viewers see it disabled, with an explanation. */
export function OwnerOnly({ children }: { readonly children: (isOwner: boolean) => ReactElement }) {
  const isOwner = useIsOwner();
  if (isOwner) return children(true);
  return (
    <Tooltip label="Only owners can do this. You are a viewer.">
      <span>{children(false)}</span>
    </Tooltip>
  );
}
