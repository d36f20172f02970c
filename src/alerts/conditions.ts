import { getDeliveryDeadline, getLossWarningTime } from '../destinations/kit/delivery-deadline.ts';
import { judgeAccuracy } from '../event/accuracy-limit.ts';
import type { AlertConditionName } from '../event/alert-conditions.ts';
import { formatCount, formatPercent } from '../event/format-numbers.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../event/units.ts';
import type { ReceivedKind } from '../storage/store/alerts.ts';
import type { ChannelFacts, ConnectionFacts, GatewayFacts, SiteFacts } from './facts.ts';
import type { Message } from './message.ts';
import { getUsualCount, longestSilenceMs, type Silence } from './shop-rhythm.ts';

/** Pure functions from counters and the clock to the texts of a message. */

/** A condition that holds. */
export interface Finding extends Pick<Message, 'title' | 'sentence' | 'figures' | 'remedy' | 'path' | 'isUrgent'> {
  readonly since: UnixMs;
}
/** `fine`: the condition does not hold. `unknown`: the facts are not enough, so an open alert stays open. */
export type Verdict = Finding | 'fine' | 'unknown';

type ConnectionJudge = (facts: ConnectionFacts, context: ConnectionContext) => Verdict;
interface Context {
  readonly threshold: number;
  readonly now: UnixMs;
}
interface ConnectionContext extends Context {
  readonly site: SiteFacts;
}

/** The conditions of one connection. */
export const connectionConditions = {
  paused({ connection, pause, waiting, maxAgeMs }, { threshold, now, site }) {
    if (!pause || now - pause.since <= threshold * minuteMs) return 'fine';
    const { reason, remedy } = pauseTexts[pause.cause];
    return {
      title: `${site.site}/${connection} is paused`,
      sentence: `The connection ${connection} of ${site.name} is paused: ${reason}. No event is lost until it is ${formatDuration(maxAgeMs)} old.`,
      figures: [{ label: 'Waiting to be sent', value: formatCount(waiting, 'event') }],
      remedy,
      path: connectionPath(site.site, connection),
      isUrgent: false,
      since: pause.since,
    };
  },

  retrying({ connection, pause, failures, takenAt = 0, oldest, waiting }, { threshold, now, site }) {
    if (pause || failures === 0 || oldest === undefined) return 'fine';
    const since = Math.max(takenAt, oldest);
    if (now - since <= threshold * minuteMs) return 'fine';
    return {
      title: `${site.site}/${connection}: the platform accepts nothing`,
      sentence: `The platform of the connection ${connection} of ${site.name} has accepted nothing for ${formatDuration(now - since)}. Convey keeps trying.`,
      figures: [
        { label: 'Failed requests in a row', value: String(failures) },
        { label: 'Waiting to be sent', value: formatCount(waiting, 'event') },
      ],
      remedy: "Check the platform's status page, and the responses in the event debugger.",
      path: connectionPath(site.site, connection),
      isUrgent: false,
      since,
    };
  },

  'oldest-undelivered'(facts, { threshold, now, site }) {
    const { connection, oldest } = facts;
    if (oldest === undefined || now - oldest <= threshold * hourMs) return 'fine';
    return {
      ...describeBacklog(facts, oldest, site, now),
      title: `${site.site}/${connection} is behind`,
      isUrgent: false,
      since: oldest + threshold * hourMs,
    };
  },

  accuracy({ connection, week }, { threshold, now, site }) {
    if (!week) return 'fine';
    if (week === 'unread') return 'unknown';
    const state = judgeAccuracy(week, threshold);
    if (state !== 'under') return state === 'few' ? 'unknown' : 'fine';
    return {
      title: `${site.site}/${connection} misses orders`,
      sentence: `${formatPercent(week.share ?? 0)} of the orders of ${site.name} of the last seven days are accounted for at ${connection}. The limit is ${formatPercent(threshold)}.`,
      figures: [
        { label: 'Orders', value: String(week.orders) },
        { label: 'Missing', value: String(week.missing) },
      ],
      remedy: 'See the reasons on the page "Order accuracy", or run `convey accuracy`.',
      path: `/sites/${site.site}/accuracy`,
      isUrgent: false,
      since: now,
    };
  },

  'rejected-share'({ connection, day }, { threshold, now, site }) {
    const all = day.sent + day.dead;
    if (all < minDayEvents) return 'unknown';
    if (day.dead === 0 || day.dead / all < threshold) return 'fine';
    return {
      title: `${site.site}/${connection}: many events are refused`,
      sentence: `${formatPercent(day.dead, all)} of the events that ${site.name} sent to ${connection} in the last 24 hours were refused or too old.`,
      figures: [
        { label: 'Dead letters', value: String(day.dead) },
        { label: 'Accepted events', value: String(day.sent) },
      ],
      remedy: 'Run `convey dead-letters list` to see the reasons. Fix the cause, then retry them.',
      path: connectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },

  'dead-letters'({ connection, deadLetters, deadPurchases }, { threshold, now, site }) {
    if (deadLetters === 0 || deadLetters < threshold) return 'fine';
    return {
      title: `${site.site}/${connection} has dead letters`,
      sentence: `The connection ${connection} of ${site.name} has ${formatCount(deadLetters, 'dead letter')}: events that it will not send unless you retry them.`,
      figures: [
        { label: 'Dead letters', value: String(deadLetters) },
        { label: 'Purchases among them', value: String(deadPurchases) },
      ],
      remedy: 'Run `convey dead-letters list` to see the reasons. Retry them, or drop them.',
      path: connectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },

  'goal-missing'({ connection, week }, { threshold, now, site }) {
    if (week === 'unread') return 'unknown';
    if (!week || week.withoutGoal === 0 || week.withoutGoal < threshold) return 'fine';
    return {
      title: `${site.site}/${connection} has no goal for orders`,
      sentence: `Orders of ${site.name} are not sent to ${connection}, because its settings name no conversion goal for purchases.`,
      figures: [{ label: 'Orders of the last seven days', value: String(week.withoutGoal) }],
      remedy: 'Create the goal on the platform, and map `Purchase` to it in the settings of the connection.',
      path: connectionPath(site.site, connection),
      isUrgent: false,
      since: now,
    };
  },
} as const satisfies Partial<Record<AlertConditionName, ConnectionJudge>>;

/** The condition that events are about to be lost: those that waited for most of the time until their platform refuses them. */
export function judgeNearlyLost(facts: ConnectionFacts, site: SiteFacts, now: UnixMs): Verdict {
  const { connection, oldest, maxAgeMs } = facts;
  if (oldest === undefined) return 'fine';
  const since = getLossWarningTime(oldest, maxAgeMs);
  if (now < since) return 'fine';
  const title = `${site.site}/${connection} is about to lose events`;
  return { ...describeBacklog(facts, oldest, site, now), title, isUrgent: true, since };
}

function describeBacklog(
  { connection, maxAgeMs, waiting }: ConnectionFacts,
  oldest: UnixMs,
  { site, name }: SiteFacts,
  now: UnixMs,
): Pick<Finding, 'sentence' | 'figures' | 'remedy' | 'path'> {
  return {
    sentence: `The oldest unsent event of the connection ${connection} of ${name} is ${formatDuration(now - oldest)} old. The platform refuses events that are ${formatDuration(maxAgeMs)} old.`,
    figures: [
      { label: 'Time left', value: formatDuration(Math.max(0, getDeliveryDeadline(oldest, maxAgeMs) - now)) },
      { label: 'Waiting to be sent', value: formatCount(waiting, 'event') },
    ],
    remedy: 'Run `convey connections list`, and fix the reason that it shows.',
    path: connectionPath(site, connection),
  };
}

/** The conditions of one site. */
export const siteConditions = {
  'no-events': (site, context) =>
    judgeSilence('events', site, context, {
      title: `${site.site} reports no events`,
      subject: 'No event of',
      usual: 'Usual number of events in this time',
      remedy: "Open the shop, and check that the pixel loads and the shop's server still reports.",
    }),
  'no-orders': (site, context) =>
    judgeSilence('orders', site, context, {
      title: `${site.site} reports no orders`,
      subject: 'No order of',
      usual: 'Usual number of orders in this time',
      remedy: 'Place a test order, and check that the thank-you page and the webhooks of the shop report it.',
    }),
  'pixel-missing'(site, context) {
    const browsers = site.silences.browserEvents;
    const all = site.silences.events;
    // If everything is silent, the condition of all events reports it.
    if (isSilence(browsers) && isSilence(all) && all.since <= browsers.since) return 'unknown';
    return judgeSilence('browserEvents', site, context, {
      title: `${site.site}: the pixel reports nothing`,
      subject: 'No report of a browser on',
      usual: 'Usual number of reports in this time',
      remedy: "Check the pixel's snippet in the shop's theme, and run `convey check --page` with an address of the shop.",
    });
  },
} as const satisfies Partial<Record<AlertConditionName, (site: SiteFacts, context: Context) => Verdict>>;

/** The condition that the disk of the data folder is nearly full. */
export function judgeDiskSpace(facts: GatewayFacts, { threshold, now }: Context): Verdict {
  if (facts.freeBytes >= threshold * gibiByte) return 'fine';
  return { ...describeDisk(facts), title: `The disk${describeNode(facts)} is nearly full`, isUrgent: false, since: now };
}

/** The condition that events are refused for lack of space. It has its own alert, which the one of a nearly full disk does not hide. */
export function judgeRefusal(facts: GatewayFacts, now: UnixMs): Verdict {
  if (facts.refuses === 'nothing') return 'fine';
  const title = `Events are refused, because the disk${describeNode(facts)} is full`;
  return { ...describeDisk(facts), title, isUrgent: true, since: now };
}

function describeDisk(facts: GatewayFacts): Pick<Finding, 'sentence' | 'figures' | 'remedy' | 'path'> {
  const { freeBytes, refuses } = facts;
  const refused = {
    nothing: 'Events are still accepted.',
    browsers: 'Events of browsers are refused.',
    everything: 'No events are accepted.',
  } as const;
  return {
    sentence: `The disk of the data folder${describeNode(facts)} has ${formatBytes(freeBytes)} of free space. ${refused[refuses]}`,
    figures: [{ label: 'Free space', value: formatBytes(freeBytes) }],
    remedy: 'Free space on the disk of `dataDir`, make it larger, or lower `retentionDays`.',
    path: '/',
  };
}

function describeNode({ node }: GatewayFacts): string {
  return node === undefined ? '' : ` of ${node.host}`;
}

/** The condition of a channel that accepts no messages, which another channel reports. */
export function reportFailingChannel({ channel, failingSince, problem, isUnclear, missed }: ChannelFacts): Finding {
  const shown = missed.slice(0, 5).map((title) => ({ label: 'Not received', value: title }));
  const more = missed.length - shown.length;
  return {
    title: `Alerts ${isUnclear ? 'may' : 'do'} not reach the channel ${channel}`,
    sentence: isUnclear
      ? `The alert channel ${channel} may have missed messages: ${problem}. Convey does not send them twice.`
      : `The alert channel ${channel} does not accept messages: ${problem}. Convey keeps trying for a day.`,
    figures: [...shown, ...(more > 0 ? [{ label: 'Not received', value: formatCount(more, 'further message') }] : [])],
    remedy: `Correct its settings, then run \`convey alerts test ${channel}\`.`,
    path: '/alerts',
    isUrgent: true,
    since: failingSince,
  };
}

const pauseTexts = {
  blocked: {
    reason: 'the platform refuses the connection itself, for example its token',
    remedy: 'Check the token and the ids in the settings of the connection. Convey resumes by itself once they are accepted.',
  },
  schema: {
    reason: 'the platform refused more than 50 of the last 1,000 events',
    remedy: 'Run `convey dead-letters list` to see the reasons. Fix the cause, then resume the connection.',
  },
  operator: { reason: 'an operator paused it', remedy: 'Resume it, or mute it in the dashboard if the pause is intended.' },
} as const;

/** One refused event of few would be a large share. */
const minDayEvents = 20;
const gibiByte = 1024 ** 3;

function connectionPath(site: string, connection: string): string {
  return `/sites/${site}/destinations/${connection}`;
}

interface SilenceTexts {
  readonly title: string;
  readonly subject: string;
  readonly usual: string;
  readonly remedy: string;
}

function judgeSilence(kind: ReceivedKind, site: SiteFacts, { threshold, now }: Context, texts: SilenceTexts): Verdict {
  const silence = site.silences[kind];
  if (!isSilence(silence)) return silence ?? 'fine';
  if (now - silence.since > longestSilenceMs) return 'unknown';
  const usual = getUsualCount(silence.earlier);
  if (usual === undefined || usual < threshold) return 'unknown';
  return {
    title: texts.title,
    sentence: `${texts.subject} ${site.name} has arrived for ${formatDuration(now - silence.since)}. At this time of the week that is unusual.`,
    figures: [
      { label: texts.usual, value: `${Math.round(usual).toLocaleString('en-GB')} (last ${silence.earlier.length} weeks)` },
    ],
    remedy: texts.remedy,
    path: `/sites/${site.site}/events`,
    isUrgent: false,
    since: silence.since,
  };
}

function isSilence(silence: Silence | 'unknown' | undefined): silence is Silence {
  return typeof silence === 'object';
}

/** Formats a length of time in its largest unit: `5 minutes`, `3 hours`, `2 days`. */
export function formatDuration(ms: number): string {
  if (ms < 90 * minuteMs) return formatCount(Math.max(1, Math.floor(ms / minuteMs)), 'minute');
  return ms < 48 * hourMs ? formatCount(Math.floor(ms / hourMs), 'hour') : formatCount(Math.floor(ms / dayMs), 'day');
}

function formatBytes(bytes: number): string {
  return `${(bytes / gibiByte).toFixed(1)} GiB`;
}
