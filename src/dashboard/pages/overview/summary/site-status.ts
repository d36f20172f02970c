import { firstSentence, formatInteger, pluralize } from '../../../components/display/format.ts';
import type { ActionItem } from './action-items.ts';
import { countLost, type DaySummary, sumConnections } from './day-summary.ts';

/** Whether it is working, in one sentence. `hand`: somebody has to do something. `quiet`: there is nothing to judge by. */
export interface SiteStatus {
  readonly level: 'working' | 'hand' | 'quiet';
  readonly message: string;
}

interface SiteStatusInput {
  readonly actionItems: readonly ActionItem[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** Who accepts the events: `Microsoft Advertising`. */
  readonly platform: string;
}

/** The answer of one site. */
export function getSiteStatus({ actionItems: needs, today, yesterday, platform }: SiteStatusInput): SiteStatus {
  const problem = needs.find(({ level }) => level === 'problem');
  if (problem) return { level: 'hand', message: `Needs a hand: ${firstSentence(problem.message)}` };
  if (today.received > 0)
    return { level: 'working', message: `It is working: ${formatAccounted([today])} ${formatAccepted(today, platform)}.` };
  if (yesterday.received > 0) {
    const before = `Yesterday ${pluralize(yesterday.received, 'event')} came; ${formatAccepted(yesterday, platform)}.`;
    return { level: 'quiet', message: `Nothing came today yet. ${before}` };
  }
  return { level: 'quiet', message: 'No event came today or yesterday.' };
}

interface SiteDay {
  readonly status: SiteStatus;
  readonly today: DaySummary;
}

/** The answer of many sites together. */
export function getOverallStatus(sites: readonly SiteDay[], needs: readonly ActionItem[]): SiteStatus {
  const [need] = needs;
  if (need) return { level: 'hand', message: `Needs a hand: ${firstSentence(need.message)}` };
  const troubled = sites.filter(({ status: verdict }) => verdict.level === 'hand').length;
  const today = sites.map((site) => site.today);
  const received = today.reduce((sum, day) => sum + day.received, 0);
  if (received === 0 && troubled === 0)
    return { level: 'quiet', message: `No event came today on any of the ${pluralize(sites.length, 'site')}.` };
  const accepted = today.reduce((sum, day) => sum + sumConnections(day, 'accepted'), 0);
  const account = `${formatAccounted(today)} ${formatInteger(accepted)} ${was(accepted)} accepted.`;
  if (troubled === 0) return { level: 'working', message: `All is working: ${account}` };
  const hand = `${formatInteger(troubled)} of ${pluralize(sites.length, 'site')} ${troubled === 1 ? 'needs' : 'need'} a hand.`;
  return { level: 'hand', message: received === 0 ? hand : `${hand} ${account}` };
}

const was = (count: number): string => (count === 1 ? 'was' : 'were');

function formatAccounted(days: readonly DaySummary[]): string {
  const received = days.reduce((sum, day) => sum + day.received, 0);
  const accounted = Math.max(0, received - days.reduce((sum, day) => sum + countLost(day), 0));
  return `${formatInteger(accounted)} of ${pluralize(received, 'event')} of today ${received === 1 ? 'is' : 'are'} accounted for;`;
}

function formatAccepted(day: DaySummary, platform: string): string {
  const [only, ...others] = day.connections;
  if (!only) return 'nothing was sent on';
  if (others.length === 0) return `${formatInteger(only.accepted)} ${was(only.accepted)} accepted by ${platform}`;
  return `accepted were ${day.connections.map(({ connection, accepted }) => `${formatInteger(accepted)} by ${connection}`).join(', ')}`;
}
