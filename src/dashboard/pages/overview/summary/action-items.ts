import type { AccuracyLineView, ApiResponse, ConnectionView, SiteSettingsView, StepView } from '../../../../api/client.ts';
import { formatInteger, formatPercent, pluralize } from '../../../components/display/format.ts';
import { nameConnections } from '../../../data/use-destination.ts';
import { compareNeeds, findNeed, type Need } from './compare-needs.ts';
import { countLost, type DaySummary } from './day-summary.ts';

/** The page where the operator can act. */
export type ActionTarget =
  | 'connection'
  | 'new-connection'
  | 'settings'
  | 'privacy'
  | 'rejections'
  | 'set-up'
  | 'consent'
  | 'guide'
  | 'events'
  | 'accuracy';

/** A task for the operator, in one or two sentences. */
export interface ActionItem extends Need {
  readonly message: string;
  readonly target?: ActionTarget;
  /** Set if the target is a connection. */
  readonly connection?: string;
  /** Set if the target is a guide: its page of the docs. */
  readonly guide?: string;
}

/** The data from which a site's action items are derived. */
export interface SiteSnapshot {
  readonly site: Pick<SiteSettingsView, 'id' | 'connections' | 'problem'>;
  /** The site's connections. */
  readonly connections: readonly ConnectionView[];
  readonly today: DaySummary;
  readonly yesterday: DaySummary;
  /** The site's checklist. Empty if it is not part of the page. Undefined if it could not be loaded. */
  readonly steps: readonly StepView[] | undefined;
  /** The site's orders. Undefined until they are loaded. */
  readonly accuracy?: AccuracyLineView | undefined;
  /** How much of today's budget browsers have used. Undefined if it was not loaded. */
  readonly budget?: ApiResponse<'GET /api/status'>['sites'][number]['browserBudget'] | undefined;
  /** How many exports for the shop's customers are waiting. Always 0 for viewers. */
  readonly files: number;
  readonly now: number;
  /** Start of today in UNIX milliseconds. */
  readonly since: number;
}

const hourMs = 3_600_000;
/** The share and number of rejections that need attention. A few are normal. */
const rejectionThreshold = { share: 0.05, least: 5 };
/** A site with this many events yesterday should have some today after this time of day. */
const silenceThreshold = { yesterday: 24, afterMs: 6 * hourMs };

const checklistUnknown = 'The checklist could not be loaded, so problems of the setup are not known.';
const databaseAway =
  'Not delivering events: the database cannot store any. They wait in the spool of this gateway. See its log for the reason.';

/** Returns the action items of the whole gateway. */
export function getGatewayActionItems({
  log,
  deliveryProblem,
}: Pick<ApiResponse<'GET /api/status'>, 'log' | 'deliveryProblem'>): readonly ActionItem[] {
  if (!log.writable)
    return [
      {
        level: 'problem',
        message: `Not accepting events: ${log.problem ?? 'the event log cannot be written. See the log of the gateway.'}`,
      },
    ];
  const items: ActionItem[] = [];
  if (log.appendsTo === 'spool') items.push({ level: 'problem', message: databaseAway });
  if (deliveryProblem !== undefined) items.push({ level: 'problem', message: `Not delivering events: ${deliveryProblem}` });
  if (log.browserProblem !== undefined)
    items.push({ level: 'problem', message: `Not accepting events from browsers: ${log.browserProblem}` });
  return items;
}

/** Returns the action items of one site, ordered by need. */
export function getSiteActionItems(snapshot: SiteSnapshot): readonly ActionItem[] {
  return [
    ...getLostItems(snapshot),
    ...snapshot.connections.flatMap((one) => getConnectionItems(one, snapshot)),
    ...getSiteItems(snapshot),
    ...getBudgetItems(snapshot),
    ...getAccuracyItems(snapshot),
  ].toSorted(compareNeeds);
}

function getLostItems({ today, yesterday }: SiteSnapshot): readonly ActionItem[] {
  const lost = countLost(today) + countLost(yesterday);
  if (lost === 0) return [];
  const message = `Convey cannot account for ${pluralize(lost, 'event')} of today and yesterday. This is a bug in Convey. Please report it.`;
  return [{ level: 'problem', message, target: 'events' }];
}

function getConnectionItems(view: ConnectionView, snapshot: SiteSnapshot): readonly ActionItem[] {
  const { id, says, deadLetters, deadPurchases } = view;
  const who = getPrefix(id, snapshot);
  const createItem = (level: ActionItem['level'], text: string): ActionItem => ({
    level,
    message: `${who}${text}`,
    target: 'connection',
    connection: id,
  });
  const items: ActionItem[] = [];
  const need = findNeed(view);
  if (need) items.push({ ...createItem(need.level, says), ...need });
  if (deadLetters > 0) {
    const others = deadLetters - deadPurchases;
    const parts = [
      ...(deadPurchases > 0 ? [pluralize(deadPurchases, 'purchase')] : []),
      ...(others > 0 ? [pluralize(others, deadPurchases > 0 ? 'other event' : 'event')] : []),
    ];
    const read = `Check the reason, then retry or drop ${deadLetters === 1 ? 'it' : 'them'}.`;
    // The platform does not count a purchase that it did not get, so that is a problem.
    items.push(createItem(deadPurchases > 0 ? 'problem' : 'warning', `${parts.join(' and ')} could not be delivered. ${read}`));
  }
  return items;
}

/** Returns the name of a connection before a message about it. Empty if the site has only one. */
function getPrefix(id: string, { site, connections }: SiteSnapshot): string {
  if (site.connections.length < 2) return '';
  const view = connections.find((one) => one.id === id);
  if (!view) return `${id}: `;
  const named = nameConnections(site.connections, [{ id: view.destination, name: view.platform }]);
  return `${named[id] ?? view.platform}: `;
}

function getAccuracyItems(snapshot: SiteSnapshot): readonly ActionItem[] {
  const { accuracy } = snapshot;
  if (!accuracy) return [];
  const { alertUnder, connections } = accuracy;
  return connections.flatMap(({ connection, alert: { state, orders, share } }): readonly ActionItem[] => {
    if (state !== 'under' || share === undefined || alertUnder === null) return [];
    const who = getPrefix(connection, snapshot);
    const found = `${who}Only ${formatPercent(share, 1)} of ${pluralize(orders, 'order')} in the last 7 full days are accounted for.`;
    return [
      {
        level: 'warning',
        message: `${found} The target is ${formatPercent(alertUnder, 1)}. Check which orders are missing.`,
        target: 'accuracy',
      },
    ];
  });
}

function getSiteItems({ site, today, yesterday, steps, files, now, since }: SiteSnapshot): readonly ActionItem[] {
  const items: ActionItem[] = [];
  if (site.problem !== undefined) items.push({ level: 'problem', message: site.problem, target: 'settings' });
  for (const { id, problem } of site.connections) {
    if (problem !== undefined)
      items.push({ level: 'problem', message: `${id}: ${problem}`, target: 'connection', connection: id });
  }
  if (site.connections.length === 0) {
    const message = 'Events are stored but not sent, because the site has no connection. Add a connection.';
    items.push({ level: 'problem', message, target: 'new-connection' });
  } else if (site.connections.every(({ enabled }) => !enabled)) {
    // A connection of the dashboard is enabled by a button on its page, one of the config file only there.
    const changeable = site.connections.find(({ origin }) => origin === 'dashboard');
    const target = changeable ?? site.connections[0];
    const remedy = changeable ? 'Enable one.' : 'Enable one in the config file, and restart.';
    const message = `Events are stored but not sent, because all connections are disabled. ${remedy}`;
    items.push({ level: 'warning', message, target: 'connection', ...(target && { connection: target.id }) });
  }
  const rejected = today.rejected + yesterday.rejected;
  const all = rejected + today.received + yesterday.received;
  if (rejected >= rejectionThreshold.least && rejected > rejectionThreshold.share * all) {
    const message = `${pluralize(rejected, 'event')} of today and yesterday (${formatPercent(rejected, all)}) ${rejected === 1 ? 'was' : 'were'} rejected. Check which field is invalid.`;
    items.push({ level: 'warning', message, target: 'rejections' });
  }
  if (today.received === 0 && yesterday.received >= silenceThreshold.yesterday && now - since >= silenceThreshold.afterMs) {
    const message = `No events today, compared with ${formatInteger(yesterday.received)} yesterday. Check that the pixel is still on the pages.`;
    items.push({ level: 'warning', message, target: 'set-up' });
  }
  if (files > 0) items.push({ level: 'warning', message: formatFilesMessage(files), target: 'privacy' });
  if (!steps) items.push({ level: 'warning', message: checklistUnknown, target: 'set-up' });
  return [...items, ...(steps ?? []).flatMap(getStepItems)];
}

function getBudgetItems({ budget }: SiteSnapshot): readonly ActionItem[] {
  if (!budget) return [];
  const hasReached = ({ used, limit }: { readonly used: number; readonly limit: number }) => used >= limit;
  const items: ActionItem[] = [];
  const why = 'If they are real, raise `collector.browserBudget`. If not, the site is being flooded.';
  if (hasReached(budget.purchases)) {
    const message = `Browsers alone reported ${pluralize(budget.purchases.limit, 'purchase')} today. Beyond that, their purchases are sent only if the shop reports them too.`;
    items.push({ level: 'problem', message: `${message} ${why}`, target: 'events' });
  }
  if (hasReached(budget.bytes)) {
    const message = `Reports of browsers reached today's limit of ${formatInteger(budget.bytes.limit)} bytes. Beyond it, their reports are refused until midnight UTC, except for some with a denial. Reports of servers and webhooks are accepted.`;
    items.push({ level: 'problem', message: `${message} ${why}`, target: 'events' });
  }
  for (const kind of ['visitors', 'links'] as const) {
    if (!hasReached(budget[kind])) continue;
    const message = `Browsers reached today's limit of ${formatInteger(budget[kind].limit)} new ${kind}. Events are sent, but no new ${kind} are stored until midnight UTC.`;
    items.push({ level: 'warning', message: `${message} ${why}`, target: 'events' });
  }
  return items;
}

function formatFilesMessage(count: number): string {
  if (count === 1) return 'A customer asked the shop for their data. Download the file and send it to them.';
  return `${formatInteger(count)} customers asked the shop for their data. Download the files and send them.`;
}

/** Returns the problem of a checklist step. Problems of connections have items of their own. */
function getStepItems({ state, group, id, says, guide }: StepView): readonly ActionItem[] {
  if (state !== 'problem' || group === 'connection') return [];
  if (id === 'consent-told') return [{ level: 'warning', message: says, target: 'consent' }];
  return [{ level: 'warning', message: says, ...(guide === undefined ? { target: 'set-up' } : { target: 'guide', guide }) }];
}
