import { Badge } from '@mantine/core';
import type { ReportedIssue } from '../../../api/client.ts';

export const severityStyles = {
  urgent: { label: 'Urgent', color: 'red', icon: 'warn' },
  warning: { label: 'Warning', color: 'orange', icon: 'warn' },
  note: { label: 'Note', color: 'gray', icon: 'info' },
} as const satisfies Record<ReportedIssue['severity'], { readonly [key: string]: string }>;

export function SeverityBadge({ severity }: Pick<ReportedIssue, 'severity'>) {
  const { label, color } = severityStyles[severity];
  return <Badge color={color}>{label}</Badge>;
}
