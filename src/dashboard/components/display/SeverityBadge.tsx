import { Badge } from '@mantine/core';
import { getSeverityStyle, type Severity } from './severity-styles.ts';

export function SeverityBadge({ severity }: { readonly severity: Severity }) {
  const { label, color } = getSeverityStyle(severity);
  return <Badge color={color}>{label}</Badge>;
}
