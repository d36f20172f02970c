import { firstSentence, formatInteger, pluralize } from '../../../components/display/format.ts';
import type { ActionItem } from './action-items.ts';
import { countLost, type DaySummary, sumConnections } from './day-summary.ts';

/** Whether everything works, in one sentence. `problem`: the operator must act. `quiet`: there are no events to judge by. */
export interface SiteStatus {
  readonly level: 'working' | 'problem' | 'quiet';
  readonly message: string;
}

interface SiteStatusInput {
  readonly actionItems: readonly ActionItem[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** Names of the connections' platforms, by the connection's id. */
  readonly platforms: Readonly<Record<string, string>>;
}

/** Returns the status of one site. */
export function getSiteStatus({ actionItems, today, yesterday, platforms }: SiteStatusInput): SiteStatus {
  const problem = actionItems.find(({ level }) => level === 'problem');
  if (problem) return { level: 'problem', message: `Action needed: ${firstSentence(problem.message)}` };
  if (today.received > 0)
    return { level: 'working', message: `Working: ${formatAccounted([today])}, ${formatAccepted(today, platforms)}.` };
  if (yesterday.received > 0) {
    const before = `Yesterday: ${pluralize(yesterday.received, 'event')}, ${formatAccepted(yesterday, platforms)}.`;
    return { level: 'quiet', message: `No events yet today. ${before}` };
  }
  return { level: 'quiet', message: 'No events today or yesterday.' };
}

interface SiteDay {
  readonly status: SiteStatus;
  readonly today: DaySummary;
}

/** Returns the status of all sites together. */
export function getOverallStatus(sites: readonly SiteDay[], actionItems: readonly ActionItem[]): SiteStatus {
  const [item] = actionItems;
  if (item) return { level: 'problem', message: `Action needed: ${firstSentence(item.message)}` };
  const problems = sites.filter(({ status }) => status.level === 'problem').length;
  const today = sites.map((site) => site.today);
  const received = today.reduce((sum, day) => sum + day.received, 0);
  if (received === 0 && problems === 0)
    return { level: 'quiet', message: `No events today on any of the ${pluralize(sites.length, 'site')}.` };
  const accepted = today.reduce((sum, day) => sum + sumConnections(day, 'accepted'), 0);
  const account = `${formatAccounted(today)}, ${formatInteger(accepted)} accepted.`;
  if (problems === 0) return { level: 'working', message: `All sites are working: ${account}` };
  const needed = `Action needed on ${formatInteger(problems)} of ${pluralize(sites.length, 'site')}.`;
  return { level: 'problem', message: received === 0 ? needed : `${needed} ${account}` };
}

function formatAccounted(days: readonly DaySummary[]): string {
  const received = days.reduce((sum, day) => sum + day.received, 0);
  const accounted = Math.max(0, received - days.reduce((sum, day) => sum + countLost(day), 0));
  return `${formatInteger(accounted)} of ${pluralize(received, 'event')} today accounted for`;
}

/** The most connections that a sentence names. */
const maxNamed = 3;

function formatAccepted(day: DaySummary, platforms: SiteStatusInput['platforms']): string {
  const [only, ...others] = day.connections;
  if (!only) return 'none sent';
  const getName = (connection: string) => platforms[connection] ?? connection;
  if (others.length === 0) return `${formatInteger(only.accepted)} accepted by ${getName(only.connection)}`;
  if (day.connections.length > maxNamed)
    return `${formatInteger(sumConnections(day, 'accepted'))} accepted by ${day.connections.length} destinations together`;
  return day.connections
    .map(({ connection, accepted }) => `${getName(connection)} accepted ${formatInteger(accepted)}`)
    .join(', ');
}
