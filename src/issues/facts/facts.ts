import type { BudgetState } from '../../event/browser-budget.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ReceivedKind } from '../../storage/ports/alerts.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { ConnectionMoney, Money } from './money.ts';
import type { Silence } from './shop-rhythm.ts';

/** The trouble of a connection in a few words. Each text follows its name: `refuses the token`, `has refused the token`. */
export interface ConnectionTrouble {
  readonly now: string;
  readonly since: string;
  /** Its beginning. Absent if that is not stored. */
  readonly from?: UnixMs;
}

/** The description of a connection that its card shows. */
export interface ConnectionStanding {
  readonly platform: string;
  readonly health: 'healthy' | 'unconfirmed' | 'degraded' | 'unhealthy' | 'paused' | 'disabled';
  readonly says: string;
  readonly trouble?: ConnectionTrouble;
  /** Whether the oldest waiting event seems lost, but the clock may be wrong. */
  readonly isLossDoubtful: boolean;
  /** Set if Convey tries again by itself. */
  readonly isRetried: boolean;
}

/** Late purchases of a connection. */
export interface LatePurchaseFacts {
  readonly purchases: number;
  readonly money: readonly Money[];
  /** Set if some have no known amount. */
  readonly isPartial?: true;
  /** When the platform takes the oldest no more. */
  readonly losesAt: UnixMs;
}

/** The connected account of a connection at its platform. */
export interface AccountFacts {
  /** When its goals were checked. Absent before the first check. */
  readonly checkedAt?: UnixMs;
  /** The events that no goal counts, under their names at the platform, as often as it accepted them in the seven days before the check. */
  readonly uncounted: readonly { readonly name: string; readonly events: number }[];
  /** Since when checks of the goals have had no result, for a reason that does not pass by itself, and what to do. */
  readonly unchecked?: { readonly since: UnixMs; readonly message: string };
  /** Since when refunds are not sent, for a reason that does not pass by itself, and what to do. `since`: absent if it is not known. */
  readonly unsent?: { readonly since?: UnixMs; readonly message: string };
  /** The late purchases that wait to be uploaded. Absent if none waits. */
  readonly waiting?: LatePurchaseFacts;
  /** The late purchases that were not uploaded in time. Absent if there are none. */
  readonly lost?: Omit<LatePurchaseFacts, 'losesAt'>;
  /** Since when the platform refuses the access, and what to do. */
  readonly ended?: { readonly since: UnixMs; readonly message: string };
}

/** The state of one enabled connection, as counters. */
export interface ConnectionConditionInput extends ConnectionStanding {
  readonly connection: string;
  /** Its name on the pages: that of its platform, with the id if several connections deliver to it. */
  readonly name: string;
  /** The stated amounts of the purchases that wait, and of those that failed. */
  readonly money: ConnectionMoney;
  /** `code` is that of its issue. */
  readonly pause?: Pick<NonNullable<ConnectionState['pause']>, 'cause' | 'since'> & { readonly code?: string };
  /** Failures of requests since the last success. */
  readonly failures: number;
  /** The status of the last failure. Absent if it had no response. */
  readonly status?: number;
  /** The code of the last failure if it had no response, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** The time of the last request that the platform accepted. */
  readonly takenAt?: UnixMs;
  /** The events that wait for it, counted by `createBacklogReader`. */
  readonly waiting: number;
  readonly deadLetters: number;
  readonly deadPurchases: number;
  /** When the oldest of them was received. */
  readonly waitingSince?: UnixMs;
  /** The time of the oldest unsent event. */
  readonly oldest?: UnixMs;
  /** The age of an event from which the platform refuses it. */
  readonly maxAgeMs: number;
  /** Events of the last 24 hours with an outcome: those that the platform has, and dead letters. */
  readonly day: { readonly sent: number; readonly dead: number };
  /** The orders of the last seven whole days. Absent if the platform counts none, or if no rule needs them. */
  readonly week?: WeekFacts | 'unread';
  /** Absent if no account is connected. */
  readonly account?: AccountFacts;
}

/** The orders of the last seven whole days on one connection. */
export interface WeekFacts {
  readonly orders: number;
  readonly missing: number;
  readonly share?: number;
  /** The amounts of the missing orders, and of those without a goal. */
  readonly missingMoney?: readonly Money[];
  readonly withoutGoalMoney?: readonly Money[];
  /** Orders that were not sent, because the platform has no goal for purchases, or the settings map them to none. */
  readonly withoutGoal: number;
}

export interface SiteFacts {
  readonly site: string;
  readonly name: string;
  readonly alertUnder: number | null;
  /** The running silence of each counter. Absent if it counted something in the last minutes, `unknown` if no counts are kept. */
  readonly silences: Readonly<Partial<Record<ReceivedKind, Silence | 'unknown'>>>;
  /** The shop's purchases that a browser's denial counted for, of the last hour and 24 hours, and the orders of the latter. */
  readonly contested: { readonly hour: number; readonly day: number; readonly orders: number };
  /** The use of today's budget for browsers. */
  readonly budget: BudgetState;
  readonly connections: readonly ConnectionConditionInput[];
  /** The late purchases that disabled connections lost. */
  readonly lostWhileDisabled: readonly (Pick<ConnectionConditionInput, 'connection' | 'name'> & {
    readonly lost: NonNullable<AccountFacts['lost']>;
  })[];
  /** The settings and the setup. Absent if they were not read. */
  readonly setup?: SiteSetup;
}

/** The settings and the setup of a site, as far as they can be a problem. */
export interface SiteSetup {
  /** The reason why the site does not run, with the remedy. */
  readonly problem?: string;
  readonly connections: readonly {
    readonly id: string;
    readonly destination: string;
    readonly isEnabled: boolean;
    readonly isOfDashboard: boolean;
    readonly problem?: string;
  }[];
  /** The events of two days: those that were received, those that were rejected, and those that no count explains. */
  readonly counts: { readonly received: number; readonly rejected: number; readonly unexplained: number };
  /** The secret keys that a page has used: each with the first digits of its hash, and its place in the settings. */
  readonly distrustedKeys?: readonly { readonly id: string; readonly name: string; readonly since: UnixMs }[];
  /** The files for people that the shop asked for and nobody has downloaded. */
  readonly files: number;
  /** The problems of the checklist. Absent if it has not been read yet. */
  readonly steps?: readonly SetupStep[];
}

export interface SetupStep {
  readonly id: string;
  readonly says: string;
  /** The page of the docs that explains the remedy. */
  readonly guide?: string;
}

/** A process that shares the store with others. */
export interface AlertNode {
  readonly id: string;
  readonly host: string;
}

export interface GatewayFacts {
  /** The process whose disk it is. Absent if it is the only one. */
  readonly node?: AlertNode;
  readonly freeBytes: number;
  /** The events that the gateway cannot store: those of browsers for lack of space, or all for any reason. */
  readonly refuses: 'nothing' | 'browsers' | 'everything';
  /** Whether all events are refused for lack of space. */
  readonly isDiskFull: boolean;
  /** Why they are refused, with the remedy. */
  readonly problem?: string;
  /** Since when no gateway with the role `deliver` runs. */
  readonly undeliveredSince?: UnixMs;
  /** The channels that do not accept messages. */
  readonly channels: readonly ChannelFacts[];
  /** The channels that accepted the last message. Others were never tried, or their messages have been removed. */
  readonly workingChannels: readonly string[];
}

/** A channel that does not accept messages. */
export interface ChannelFacts {
  readonly channel: string;
  readonly failingSince: UnixMs;
  readonly problem: string;
  /** Whether it may have received the messages: Convey sent them, and knows no result. */
  readonly isUnclear: boolean;
  /** The messages that it did not receive. */
  readonly missed: readonly string[];
}

export interface Facts {
  readonly gateway: GatewayFacts;
  readonly sites: readonly SiteFacts[];
}
