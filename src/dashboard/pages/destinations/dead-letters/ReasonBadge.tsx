import { Badge } from '@mantine/core';
import type { ComponentPropsWithRef } from 'react';

type ReasonBadgeProps = Pick<ComponentPropsWithRef<'div'>, 'ref' | 'tabIndex'> & { readonly label: string };

/** The code of a reason, which a platform may have named at any length. */
export function ReasonBadge({ label, ...props }: ReasonBadgeProps) {
  return (
    <Badge
      {...props}
      color="red"
      maw="100%"
      style={{ height: 'auto' }}
      styles={{ label: { whiteSpace: 'normal', overflowWrap: 'anywhere' } }}
    >
      {label}
    </Badge>
  );
}
