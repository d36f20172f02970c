import { Badge } from '@mantine/core';
import type { SiteSettingsView } from '../../../api/client.ts';

const labels = { file: 'In the config file', dashboard: 'Added in the dashboard' } as const;

/** Says where a site or a connection is defined. */
export function OriginBadge({ origin }: Pick<SiteSettingsView, 'origin'>) {
  return <Badge color="gray">{labels[origin]}</Badge>;
}
