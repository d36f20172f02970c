import type { ReportedIssue } from '../../../api/client.ts';
import { formatInteger } from './format.ts';

export type Severity = ReportedIssue['severity'];

interface SeverityStyle {
  readonly label: string;
  /** The label of more than one issue. */
  readonly many: string;
  readonly color: string;
}

const severityStyles: Readonly<Record<Severity, SeverityStyle>> = {
  urgent: { label: 'Urgent', many: 'Urgent', color: 'red' },
  warning: { label: 'Warning', many: 'Warnings', color: 'orange' },
  note: { label: 'Note', many: 'Notes', color: 'gray' },
};

/** Returns the style of a severity. One of a later version of the gateway has its own name. */
export function getSeverityStyle(severity: Severity): SeverityStyle {
  return Object.hasOwn(severityStyles, severity)
    ? severityStyles[severity]
    : { ...severityStyles.warning, label: severity, many: severity };
}

/** Formats a count of issues with their severity: `1 Warning`, `3 Warnings`. */
export function countSeverity(severity: Severity, count: number): string {
  const { label, many } = getSeverityStyle(severity);
  return `${formatInteger(count)} ${count === 1 ? label : many}`;
}
