import { formatCount } from '../../event/format-numbers.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ChannelFacts, GatewayFacts } from '../facts/facts.ts';
import { type ConditionContext, type Finding, noCost, uncountedCost, type Verdict } from './verdict.ts';

const gibiByte = 1024 ** 3;
const refusedFigure = { label: 'Refused events', value: 'not counted' } as const;

/** The condition that the disk of the data folder is nearly full. */
export function judgeDiskSpace(facts: GatewayFacts, { threshold, now }: ConditionContext): Verdict {
  if (facts.freeBytes >= threshold * gibiByte) return 'fine';
  return {
    ...describeDisk(facts),
    kind: 'disk',
    severity: 'warning',
    title: `The disk${describeNode(facts)} is nearly full`,
    since: now,
  };
}

/** The condition that events are refused. It has its own alert, which the one of a nearly full disk does not hide. */
export function judgeRefusal(facts: GatewayFacts, now: UnixMs): Verdict {
  const { refuses, isDiskFull, node } = facts;
  if (refuses === 'nothing') return 'fine';
  if (refuses === 'everything' && !isDiskFull) {
    const gateway = node === undefined ? 'The gateway' : `The gateway on ${node.host}`;
    return {
      kind: 'refusing',
      severity: 'urgent',
      title: `${gateway} refuses all events`,
      sentence: `${gateway} cannot store events, so senders get 503. The disk is not full.`,
      figures: [refusedFigure],
      remedy: "The line `not accepting events` in the gateway's log has the reason and the remedy.",
      ...(facts.problem !== undefined && { detail: facts.problem }),
      action: { label: 'Show remedy', path: '/issues' },
      names: {},
      ...uncountedCost,
      since: now,
    };
  }
  const title = `Events are refused, because the disk${describeNode(facts)} is full`;
  return { ...describeDisk(facts), kind: 'refusing', severity: 'urgent', title, since: now };
}

function describeDisk(facts: GatewayFacts): Omit<Finding, 'kind' | 'severity' | 'title' | 'since'> {
  const { freeBytes, refuses } = facts;
  const refused = {
    nothing: 'Events are still accepted.',
    browsers: 'Events of browsers are refused.',
    everything: 'No events are accepted.',
  } as const;
  return {
    sentence: `The disk of the data folder${describeNode(facts)} has ${formatBytes(freeBytes)} of free space. ${refused[refuses]}`,
    figures: [{ label: 'Free space', value: formatBytes(freeBytes) }, ...(refuses === 'nothing' ? [] : [refusedFigure])],
    remedy: 'Free space on the disk of `dataDir`, make it larger, or lower `retentionDays`.',
    action: { label: 'Show remedy', path: '/issues' },
    names: {},
    ...(refuses === 'nothing' ? noCost : uncountedCost),
  };
}

function describeNode({ node }: GatewayFacts): string {
  return node === undefined ? '' : ` of ${node.host}`;
}

/** The condition that no gateway of the cluster delivers. */
export function reportNoDelivery(since: UnixMs): Finding {
  return {
    kind: 'no-delivery',
    severity: 'urgent',
    title: 'No gateway delivers events',
    sentence: 'No gateway with the role `deliver` runs. Events are accepted and wait.',
    figures: [],
    remedy: 'Start a gateway with `deliver` in `roles`, or see why it stopped in its log.',
    action: { label: 'Show remedy', path: '/issues' },
    names: {},
    ...noCost,
    since,
  };
}

/** The condition of a channel that accepts no messages, which another channel reports. */
export function reportFailingChannel({ channel, failingSince, problem, isUnclear, missed }: ChannelFacts): Finding {
  const shown = missed.slice(0, 5).map((title) => ({ label: 'Not received', value: title }));
  const more = missed.length - shown.length;
  return {
    kind: 'channel-failing',
    severity: 'warning',
    title: `Alerts ${isUnclear ? 'may' : 'do'} not reach the channel ${channel}`,
    sentence: isUnclear
      ? `The alert channel ${channel} may have missed messages: ${problem}. Convey does not send them twice.`
      : `The alert channel ${channel} does not accept messages: ${problem}. Convey keeps trying for a day.`,
    figures: [...shown, ...(more > 0 ? [{ label: 'Not received', value: formatCount(more, 'further message') }] : [])],
    remedy: `Correct its settings, then use “Test” on the page “Alert settings”, or run \`convey alerts test ${channel}\`.`,
    action: { label: 'Test the channel', path: '/alerts' },
    names: {},
    ...noCost,
    since: failingSince,
  };
}

function formatBytes(bytes: number): string {
  return `${(bytes / gibiByte).toFixed(1)} GiB`;
}
