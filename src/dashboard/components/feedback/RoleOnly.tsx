import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import type { SiteRole } from '../../../api/client.ts';
import { useHasRole } from '../../data/queries.ts';

const labels = {
  owner: 'Only owners can do this.',
  editor: 'Only editors and owners can do this.',
} as const satisfies Partial<Record<SiteRole, string>>;

/** Renders a control that requires a role. Other users see it disabled, with an explanation. */
export function RoleOnly({
  needs,
  site,
  children,
}: {
  readonly needs: keyof typeof labels;
  /** Default: the site of the page. */
  readonly site?: string;
  readonly children: (isPermitted: boolean) => ReactElement;
}) {
  const isPermitted = useHasRole(needs, site);
  if (isPermitted) return children(true);
  return (
    <Tooltip label={labels[needs]}>
      <span>{children(false)}</span>
    </Tooltip>
  );
}
