import type { OpenAlertView, SiteSettingsView } from '../../../../api/client.ts';
import { firstSentence, formatInteger, pluralize } from '../../../components/display/format.ts';
import type { ActionItem } from './action-items.ts';
import { type DaySummary, sumConnections } from './day-summary.ts';

/**
 * Whether everything works. `problem`: the operator must act. `warning`: something should be checked. `quiet`: there are no events to
 * judge by.
 */
export interface SiteStatus {
  readonly level: 'working' | 'warning' | 'problem' | 'quiet';
  /** A few words. */
  readonly title: string;
  /** One sentence. */
  readonly detail?: string;
}

type AlertUrgency = Pick<OpenAlertView, 'title' | 'isUrgent'>;

interface SiteStatusInput {
  readonly actionItems: readonly ActionItem[];
  /** The open alerts that concern the site, urgent ones first. */
  readonly alerts: readonly AlertUrgency[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** Names of the connections' platforms, by the connection's id. */
  readonly platforms: Readonly<Record<string, string>>;
  readonly connections: readonly Pick<SiteSettingsView['connections'][number], 'enabled' | 'isLive'>[];
}

/** Returns the status of one site. */
export function getSiteStatus({ actionItems, alerts, today, yesterday, platforms, connections }: SiteStatusInput): SiteStatus {
  const detail = formatDay(today, yesterday, platforms);
  const isProblem = actionItems.some(({ level }) => level === 'problem') || alerts.some(({ isUrgent }) => isUrgent);
  if (isProblem) return { level: 'problem', title: 'Action needed', detail };
  if (actionItems.length > 0) return { level: 'warning', title: `Check ${pluralize(actionItems.length, 'warning')}`, detail };
  if (alerts.length > 0) return { level: 'warning', title: 'Check the open alerts', detail };
  if (today.received === 0) return { level: 'quiet', title: 'No events today', detail };
  const enabled = connections.filter((connection) => connection.enabled);
  if (enabled.length > 0 && enabled.every(({ isLive }) => !isLive))
    return { level: 'working', title: 'Working, but only simulators receive events', detail };
  return { level: 'working', title: 'Everything is working', detail };
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
  readonly status: SiteStatus;
  readonly today: DaySummary;
}

/** Returns the status of all sites together. `alerts`: those of the gateway itself. */
export function getOverallStatus(
  sites: readonly SiteDay[],
  actionItems: readonly ActionItem[],
  alerts: readonly AlertUrgency[],
): SiteStatus {
  const [item] = actionItems;
  if (item) return { level: 'problem', title: 'Action needed', detail: firstSentence(item.message) };
  const [alert] = alerts;
  if (alert?.isUrgent) return { level: 'problem', title: 'Action needed', detail: `${alert.title}.` };
  const count = (level: SiteStatus['level']) => sites.filter(({ status }) => status.level === level).length;
  const today = sites.map((site) => site.today);
  const received = today.reduce((sum, day) => sum + day.received, 0);
  const delivered = today.reduce((sum, day) => sum + sumConnections(day, 'accepted'), 0);
  const detail =
    received === 0
      ? `None of the ${pluralize(sites.length, 'site')} received events.`
      : `Received ${pluralize(received, 'event')} today. Delivered ${formatInteger(delivered)}.`;
  const [problems, warnings] = [count('problem'), count('warning')];
  const all = pluralize(sites.length, 'site');
  if (problems > 0) return { level: 'problem', title: `Action needed on ${formatInteger(problems)} of ${all}`, detail };
  if (warnings > 0) return { level: 'warning', title: `Check the warnings of ${formatInteger(warnings)} of ${all}`, detail };
  if (alerts.length > 0) return { level: 'warning', title: 'Check the open alerts', detail };
  if (received === 0) return { level: 'quiet', title: 'No events today', detail };
  return { level: 'working', title: 'All sites are working', detail };
}
