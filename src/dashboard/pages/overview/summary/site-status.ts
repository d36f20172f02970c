import { firstSentence, formatInteger, pluralize } from '../../../components/display/format.ts';
import type { ActionItem } from './action-items.ts';
import { type DaySummary, lostEvents, sumOf } from './day-summary.ts';

/** Whether it is working, in one sentence. `hand`: somebody has to do something. `quiet`: there is nothing to judge by. */
export interface SiteStatus {
  readonly level: 'working' | 'hand' | 'quiet';
  readonly says: string;
}

interface Judged {
  readonly needs: readonly ActionItem[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** Who accepts the events: `Microsoft Advertising`. */
  readonly platform: string;
}

/** The answer of one site. */
export function siteStatus({ needs, today, yesterday, platform }: Judged): SiteStatus {
  const problem = needs.find(({ level }) => level === 'problem');
  if (problem) return { level: 'hand', says: `Needs a hand: ${firstSentence(problem.says)}` };
  if (today.received > 0)
    return { level: 'working', says: `It is working: ${accountOf([today])} ${acceptedBy(today, platform)}.` };
  if (yesterday.received > 0) {
    const before = `Yesterday ${pluralize(yesterday.received, 'event')} came; ${acceptedBy(yesterday, platform)}.`;
    return { level: 'quiet', says: `Nothing came today yet. ${before}` };
  }
  return { level: 'quiet', says: 'No event came today or yesterday.' };
}

interface JudgedSite {
  readonly verdict: SiteStatus;
  readonly today: DaySummary;
}

/** The answer of many sites together. */
export function overallStatus(sites: readonly JudgedSite[], needs: readonly ActionItem[]): SiteStatus {
  const [need] = needs;
  if (need) return { level: 'hand', says: `Needs a hand: ${firstSentence(need.says)}` };
  const troubled = sites.filter(({ verdict }) => verdict.level === 'hand').length;
  const today = sites.map((site) => site.today);
  const received = today.reduce((sum, day) => sum + day.received, 0);
  if (received === 0 && troubled === 0)
    return { level: 'quiet', says: `No event came today on any of the ${pluralize(sites.length, 'site')}.` };
  const accepted = today.reduce((sum, day) => sum + sumOf(day, 'accepted'), 0);
  const account = `${accountOf(today)} ${formatInteger(accepted)} ${were(accepted)} accepted.`;
  if (troubled === 0) return { level: 'working', says: `All is working: ${account}` };
  const hand = `${formatInteger(troubled)} of ${pluralize(sites.length, 'site')} ${troubled === 1 ? 'needs' : 'need'} a hand.`;
  return { level: 'hand', says: received === 0 ? hand : `${hand} ${account}` };
}

const were = (count: number): string => (count === 1 ? 'was' : 'were');

function accountOf(days: readonly DaySummary[]): string {
  const received = days.reduce((sum, day) => sum + day.received, 0);
  const accounted = Math.max(0, received - days.reduce((sum, day) => sum + lostEvents(day), 0));
  return `${formatInteger(accounted)} of ${pluralize(received, 'event')} of today ${received === 1 ? 'is' : 'are'} accounted for;`;
}

function acceptedBy(day: DaySummary, platform: string): string {
  const [only, ...others] = day.connections;
  if (!only) return 'nothing was sent on';
  if (others.length === 0) return `${formatInteger(only.accepted)} ${were(only.accepted)} accepted by ${platform}`;
  return `accepted were ${day.connections.map(({ connection, accepted }) => `${formatInteger(accepted)} by ${connection}`).join(', ')}`;
}
