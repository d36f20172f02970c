import type { AccuracyLineView, ConnectionView, ResponseOf, SiteSettingsView, StepView } from '../../../../api/client.ts';
import { formatInteger, formatPercent, pluralize } from '../../../components/display/format.ts';
import { countLost, type DaySummary } from './day-summary.ts';

/** The page where something is mended. */
export type ActionTarget =
  | 'connection'
  | 'new-connection'
  | 'settings'
  | 'rejections'
  | 'set-up'
  | 'consent'
  | 'guide'
  | 'events'
  | 'accuracy';

/** Something that a person has to do, in one sentence. */
export interface ActionItem {
  readonly level: 'problem' | 'warning';
  readonly message: string;
  readonly target?: ActionTarget;
  /** Where the place is a connection's. */
  readonly connection?: string;
  /** Where the place is a guide: its page of the docs. */
  readonly guide?: string;
}

/** What is known of one site. */
export interface SiteSnapshot {
  readonly site: Pick<SiteSettingsView, 'id' | 'connections' | 'problem'>;
  /** Those of the site. */
  readonly connections: readonly ConnectionView[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** The site's checklist, where it was asked for. */
  readonly steps: readonly StepView[];
  /** The site's orders, once they are known. */
  readonly accuracy?: AccuracyLineView | undefined;
  /** What browsers have used of today's budget, where it was asked for. */
  readonly budget?: ResponseOf<'GET /api/status'>['sites'][number]['browserBudget'] | undefined;
  /** How many files wait that the shop asked for, for its customers; only an owner is told of them. */
  readonly files: number;
  readonly now: number;
  /** When today began. */
  readonly since: number;
}

const hourMs = 3_600_000;
/** From this share on somebody should look at what the door refuses; a few come from anywhere. */
const rejectionThreshold = { share: 0.05, least: 5 };
/** A site that had so many events yesterday should have some by this hour of the day. */
const silenceThreshold = { yesterday: 24, afterMs: 6 * hourMs };

/** What concerns the whole gateway. */
export function getGatewayActionItems({ log }: Pick<ResponseOf<'GET /api/status'>, 'log'>): readonly ActionItem[] {
  if (!log.writable)
    return [
      { level: 'problem', message: `No events are taken: ${log.problem ?? 'the log cannot be written. Look at the disk.'}` },
    ];
  if (log.browserProblem === undefined) return [];
  return [{ level: 'problem', message: `No events of browsers are taken: ${log.browserProblem}` }];
}

/** What wants a hand at one site, the worst first. */
export function getSiteActionItems(seen: SiteSnapshot): readonly ActionItem[] {
  const all = [
    ...getLostItems(seen),
    ...seen.connections.flatMap((one) => getConnectionItems(one, seen)),
    ...getSiteItems(seen),
    ...getBudgetItems(seen),
    ...getAccuracyItems(seen),
  ];
  return [...all.filter(({ level }) => level === 'problem'), ...all.filter(({ level }) => level === 'warning')];
}

function getLostItems({ today, yesterday }: SiteSnapshot): readonly ActionItem[] {
  const lost = countLost(today) + countLost(yesterday);
  if (lost === 0) return [];
  const says = `Convey lost count of ${pluralize(lost, 'event')} of today and yesterday. This is a fault of Convey's: please report it.`;
  return [{ level: 'problem', message: says, target: 'events' }];
}

function getConnectionItems(
  { id, health, says, losesAt, deadLetters }: ConnectionView,
  { site }: SiteSnapshot,
): readonly ActionItem[] {
  const who = site.connections.length > 1 ? `${id}: ` : '';
  const need = (level: ActionItem['level'], text: string): ActionItem => ({
    level,
    message: `${who}${text}`,
    target: 'connection',
    connection: id,
  });
  const needs: ActionItem[] = [];
  if (losesAt !== undefined || health === 'unhealthy') needs.push(need('problem', says));
  else if (health === 'paused' || health === 'degraded') needs.push(need('warning', says));
  if (deadLetters > 0) {
    const they = deadLetters === 1 ? 'it' : 'them';
    const read = `Read why, then send ${they} again or drop ${they}.`;
    needs.push(need('warning', `${pluralize(deadLetters, 'event')} could not be sent. ${read}`));
  }
  return needs;
}

function getAccuracyItems({ accuracy, site }: SiteSnapshot): readonly ActionItem[] {
  if (!accuracy) return [];
  const { alertUnder, connections } = accuracy;
  return connections.flatMap(({ connection, alert: { state, orders, share } }): readonly ActionItem[] => {
    if (state !== 'under' || share === undefined || alertUnder === null) return [];
    const who = site.connections.length > 1 ? `${connection}: ` : '';
    const found = `${who}Of ${pluralize(orders, 'order')} of the last seven whole days only ${formatPercent(share, 1)} are accounted for.`;
    return [
      {
        level: 'warning',
        message: `${found} At least ${formatPercent(alertUnder, 1)} should be: see what is missing.`,
        target: 'accuracy',
      },
    ];
  });
}

function getSiteItems({ site, today, yesterday, steps, files, now, since }: SiteSnapshot): readonly ActionItem[] {
  const needs: ActionItem[] = [];
  if (site.problem !== undefined) needs.push({ level: 'problem', message: site.problem, target: 'settings' });
  for (const { id, problem } of site.connections) {
    if (problem !== undefined)
      needs.push({ level: 'problem', message: `${id}: ${problem}`, target: 'connection', connection: id });
  }
  if (site.connections.length === 0) {
    const says = 'Events are taken and go nowhere, because there is no connection. Connect a platform.';
    needs.push({ level: 'problem', message: says, target: 'new-connection' });
  } else if (site.connections.every(({ enabled }) => !enabled)) {
    const [first] = site.connections;
    const says = 'Events are taken and go nowhere, because every connection is switched off.';
    needs.push({ level: 'warning', message: says, target: 'connection', ...(first && { connection: first.id }) });
  }
  const refused = today.rejected + yesterday.rejected;
  const told = refused + today.received + yesterday.received;
  if (refused >= rejectionThreshold.least && refused > rejectionThreshold.share * told) {
    const says = `${formatInteger(refused)} of what came today and yesterday (${formatPercent(refused, told)}) was not accepted. See which field is wrong.`;
    needs.push({ level: 'warning', message: says, target: 'rejections' });
  }
  if (today.received === 0 && yesterday.received >= silenceThreshold.yesterday && now - since >= silenceThreshold.afterMs) {
    const says = `Nothing came today, and ${pluralize(yesterday.received, 'event')} did yesterday. See that the pixel is still on the pages.`;
    needs.push({ level: 'warning', message: says, target: 'set-up' });
  }
  if (files > 0) needs.push({ level: 'warning', message: formatFilesMessage(files), target: 'settings' });
  return [...needs, ...steps.flatMap(getStepItems)];
}

function getBudgetItems({ budget }: SiteSnapshot): readonly ActionItem[] {
  if (!budget) return [];
  const reached = ({ used, limit }: { readonly used: number; readonly limit: number }) => used >= limit;
  const needs: ActionItem[] = [];
  const why = 'If they are real, raise `collector.browserBudget`; else somebody floods the site.';
  if (reached(budget.purchases)) {
    const says = `Browsers alone reported ${pluralize(budget.purchases.limit, 'purchase')} today. Further ones are kept and not sent unless the shop reports them too.`;
    needs.push({ level: 'problem', message: `${says} ${why}`, target: 'events' });
  }
  for (const kind of ['visitors', 'links'] as const) {
    if (!reached(budget[kind])) continue;
    const says = `Browsers made ${formatInteger(budget[kind].limit)} new ${kind} today, as many as they may. Events are sent, but no new ${kind} are remembered until midnight UTC.`;
    needs.push({ level: 'warning', message: `${says} ${why}`, target: 'events' });
  }
  return needs;
}

function formatFilesMessage(count: number): string {
  if (count === 1) return 'A customer asked the shop for their data. The file waits for you to hand it over.';
  return `${formatInteger(count)} customers asked the shop for their data. The files wait for you to hand them over.`;
}

/** How connections are, they say themselves. */
function getStepItems({ state, group, id, says, guide }: StepView): readonly ActionItem[] {
  if (state !== 'problem' || group === 'connection') return [];
  if (id === 'consent-told') return [{ level: 'warning', message: says, target: 'consent' }];
  return [{ level: 'warning', message: says, ...(guide === undefined ? { target: 'set-up' } : { target: 'guide', guide }) }];
}
