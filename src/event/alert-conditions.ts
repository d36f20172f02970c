/** A condition that an alert rule can watch. */
export interface AlertConditionInfo {
  /** Completes "Alert". */
  readonly description: string;
  /** The unit of the threshold. */
  readonly unit: 'minutes' | 'hours' | 'share' | 'events' | 'orders' | 'failed events' | 'keys' | 'GiB';
  readonly threshold: number;
  /** The subject of an alert. */
  readonly scope: 'connection' | 'site' | 'gateway';
}

/**
 * The conditions with their default thresholds. The counts of "no events" and "no orders" make a chance silence unlikely: a shop that has
 * 8 orders in an hour on average has none in 0.03% of its hours, and a visit reports about five events.
 */
export const alertConditions = {
  paused: {
    description: 'when a connection has been paused for this long',
    unit: 'minutes',
    threshold: 15,
    scope: 'connection',
  },
  retrying: {
    description: 'when a platform has accepted nothing for this long while events wait',
    unit: 'minutes',
    threshold: 30,
    scope: 'connection',
  },
  'oldest-undelivered': {
    description: 'when the oldest waiting event was received this long ago, and again when its platform will soon refuse it',
    unit: 'hours',
    threshold: 6,
    scope: 'connection',
  },
  accuracy: {
    description: "when a smaller share of seven days' orders is accounted for",
    unit: 'share',
    threshold: 0.9,
    scope: 'connection',
  },
  'no-events': {
    description: 'when no event arrived for so long that this many usually arrive',
    unit: 'events',
    threshold: 40,
    scope: 'site',
  },
  'no-orders': {
    description: 'when no order arrived for so long that this many usually arrive',
    unit: 'orders',
    threshold: 8,
    scope: 'site',
  },
  'rejected-share': {
    description: "when this share of a day's events, of at least 20, became failed events",
    unit: 'share',
    threshold: 0.05,
    scope: 'connection',
  },
  'dead-letters': {
    description: 'when a connection has this many failed events',
    unit: 'failed events',
    threshold: 100,
    scope: 'connection',
  },
  disk: {
    description: 'when the disk of the data folder has less free space, or events are refused for lack of it',
    unit: 'GiB',
    threshold: 4,
    scope: 'gateway',
  },
  'pixel-missing': {
    description: 'when no browser reported for so long that this many events usually arrive, while the shop still reports',
    unit: 'events',
    threshold: 40,
    scope: 'site',
  },
  'goal-missing': {
    description: "when this many of seven days' orders were not sent, because the platform has no goal for them",
    unit: 'orders',
    threshold: 1,
    scope: 'connection',
  },
  'goal-uncounted': {
    description: 'when a platform accepted this many events of seven days that no goal counts',
    unit: 'events',
    threshold: 1,
    scope: 'connection',
  },
  'consent-differs': {
    description:
      'when browsers denied this many orders of an hour that the shop reports too, or 2% of those that it reported in a day',
    unit: 'orders',
    threshold: 3,
    scope: 'site',
  },
  'over-budget': {
    description: "when browsers have used this share of the day's budget of purchases or bytes, and again when it is used up",
    unit: 'share',
    threshold: 0.5,
    scope: 'site',
  },
  'key-distrusted': {
    description: 'when pages used this many secret keys of a site, which are no longer trusted',
    unit: 'keys',
    threshold: 1,
    scope: 'site',
  },
} as const satisfies Record<string, AlertConditionInfo>;

export type AlertConditionName = keyof typeof alertConditions;

export function isAlertCondition(text: string): text is AlertConditionName {
  return Object.hasOwn(alertConditions, text);
}

export const alertConditionNames: readonly AlertConditionName[] = Object.keys(alertConditions).filter(isAlertCondition);

export const alertChannelTypes = ['slack', 'teams', 'discord', 'email', 'webhook'] as const;

export const digestIntervals = ['daily', 'weekly', 'off'] as const;
export type DigestInterval = (typeof digestIntervals)[number];
