import type { ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { formatInteger, pluralize } from '../../../components/display/format.ts';
import { selectOpen } from '../../../data/use-issues.ts';
import { type DaySummary, sumConnections } from './day-summary.ts';

/** Whether everything works: the severity of the worst open issue, or `working`. `quiet`: there are no events to judge by. */
export interface SiteStatus {
  readonly level: 'working' | 'quiet' | ReportedIssue['severity'];
  /** The sentence of the worst open issue, or a few words. */
  readonly title: string;
  /** One sentence about the day. */
  readonly detail?: string;
}

interface SiteStatusInput {
  /** The issues that concern the site, the worst first. */
  readonly issues: readonly ReportedIssue[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** Names of the connections' platforms, by the connection's id. */
  readonly platforms: Readonly<Record<string, string>>;
  readonly connections: readonly Pick<SiteSettingsView['connections'][number], 'enabled' | 'isLive'>[];
}

/** Returns the status of one site. */
export function getSiteStatus({ issues, today, yesterday, platforms, connections }: SiteStatusInput): SiteStatus {
  const detail = formatDay(today, yesterday, platforms);
  const status = describeIssues(issues);
  if (status) return { ...status, detail };
  if (today.received === 0) return { level: 'quiet', title: 'No events today', detail };
  const enabled = connections.filter((connection) => connection.enabled);
  if (enabled.length > 0 && enabled.every(({ isLive }) => !isLive))
    return { level: 'working', title: 'Working, but only simulators receive events', detail };
  return { level: 'working', title: 'Everything is working', detail };
}

/** Returns the status by the issues. Undefined if there are none. */
function describeIssues(issues: readonly ReportedIssue[]): Pick<SiteStatus, 'level' | 'title'> | undefined {
  const [worst] = selectOpen(issues);
  if (worst) return { level: worst.severity, title: worst.sentence };
  return issues.length === 0
    ? undefined
    : { level: 'note', title: `No open issues. ${pluralize(issues.length, 'issue')} acknowledged or snoozed.` };
}

function formatDay(today: DaySummary, yesterday: DaySummary, platforms: SiteStatusInput['platforms']): string {
  if (today.received > 0) return `Received ${pluralize(today.received, 'event')} today. ${formatDelivered(today, platforms)}`;
  if (yesterday.received === 0) return 'No events yesterday either.';
  return `Received ${pluralize(yesterday.received, 'event')} yesterday. ${formatDelivered(yesterday, platforms)}`;
}

/** The most connections that a sentence names. */
const maxNamed = 3;

function formatDelivered(day: DaySummary, platforms: SiteStatusInput['platforms']): string {
  const { connections } = day;
  if (connections.length === 0) return 'None were sent.';
  if (connections.length > maxNamed)
    return `${pluralize(sumConnections(day, 'accepted'), 'delivery', 'deliveries')} to ${connections.length} connections.`;
  const parts = connections.map(
    ({ connection, accepted }) => `${formatInteger(accepted)} to ${platforms[connection] ?? connection}`,
  );
  return `Delivered ${parts.join(', ')}.`;
}

interface SiteDay {
  readonly today: DaySummary;
}

/** Returns the status of all sites together. */
export function getOverallStatus(sites: readonly SiteDay[], issues: readonly ReportedIssue[]): SiteStatus {
  const today = sites.map((site) => site.today);
  const received = today.reduce((sum, day) => sum + day.received, 0);
  const delivered = today.reduce((sum, day) => sum + sumConnections(day, 'accepted'), 0);
  const detail =
    received === 0
      ? `None of the ${pluralize(sites.length, 'site')} received events.`
      : `Received ${pluralize(received, 'event')} today. Delivered ${formatInteger(delivered)}.`;
  const status = describeIssues(issues);
  if (status) return { ...status, detail };
  if (received === 0) return { level: 'quiet', title: 'No events today', detail };
  return { level: 'working', title: 'All sites are working', detail };
}
