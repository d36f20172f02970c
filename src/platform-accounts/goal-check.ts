import { z } from 'zod';

/** An event that a connection sends. */
export interface SentEvent {
  /** Convey's name, such as `Purchase`. */
  readonly event: string;
  /** The name at the platform, with which a goal compares its action. */
  readonly name: string;
  /** The events with this name that the platform accepted within the last 7 days. */
  readonly delivered: number;
}

/** The problems that a check of goals finds. `none`, `near` and `paused`: no goal counts the event. */
export const goalFindingCodes = [
  'none',
  'near',
  'paused',
  'conditional',
  'unknown',
  'tag-inactive',
  'tag-unverified',
  'tag-unavailable',
  'no-revenue',
  'fixed-revenue',
  'unique-purchase',
  'twice',
  'quiet',
  'not-enhanced',
  'auto-tagging-off',
] as const;
export type GoalFindingCode = (typeof goalFindingCodes)[number];

/** A problem of a goal, with what to do. */
const findingSchema = z.object({ code: z.enum(goalFindingCodes), message: z.string() }).readonly();
export type GoalFinding = z.output<typeof findingSchema>;

const checkedEventSchema = z
  .object({
    event: z.string(),
    name: z.string(),
    delivered: z.number(),
    /** The names of the goals that count the event, or may count it. */
    countedBy: z.array(z.string()).readonly(),
    findings: z.array(findingSchema).readonly(),
  })
  .readonly();
export type CheckedEvent = z.output<typeof checkedEventSchema>;

/** Whether the goals of an account count the events of a connection. */
const goalCheckSchema = z
  .object({
    events: z.array(checkedEventSchema).readonly(),
    /** The problems of the account. */
    findings: z.array(findingSchema).readonly(),
    /** The tag whose goals were checked. */
    tagId: z.string().exactOptional(),
    /** The names of further sent events, which were not checked. */
    leftOut: z.number().exactOptional(),
    /** Whether only the newest events were counted. */
    isPartial: z.boolean().exactOptional(),
  })
  .readonly();
export type GoalCheck = z.output<typeof goalCheckSchema>;

export const failureSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    trackingId: z.string().exactOptional(),
    /** Since when checks have had no result. */
    since: z.number().exactOptional(),
    /** Whether it may pass by itself. */
    isPassing: z.boolean().exactOptional(),
  })
  .readonly();

const storedCheckSchema = z.lazy(() =>
  z.object({
    /** The time of the newest check that had a result. */
    checkedAt: z.number().exactOptional(),
    check: goalCheckSchema.exactOptional(),
    /** The reason why a later check had no result. */
    failure: failureSchema.exactOptional(),
  }),
);
/** The stored result of a connection's last check. */
export type StoredGoalCheck = z.output<typeof storedCheckSchema>;

/** Parses a stored result. One of another version counts as none, and so does one of another tag than a connection's present one. */
export function parseGoalCheck(text: string | undefined, tagId: unknown): StoredGoalCheck {
  const stored: StoredGoalCheck = text === undefined ? {} : (storedCheckSchema.safeParse(JSON.parse(text)).data ?? {});
  const checked = stored.check?.tagId;
  if (checked === undefined || checked === tagId) return stored;
  return stored.failure ? { failure: stored.failure } : {};
}

/** The problems with which no goal counts an event. */
const uncounted: ReadonlySet<GoalFindingCode> = new Set(['none', 'near', 'paused']);

/** Returns whether the platform accepts an event and no goal counts it. */
export function isUncounted({ findings }: Pick<CheckedEvent, 'findings'>): boolean {
  return findings.some(({ code }) => uncounted.has(code));
}

/** An event for which a goal can be made. */
export interface GoalProposal {
  readonly category: string;
  readonly countType: 'All' | 'Unique';
  readonly hasValue: boolean;
  /** Whether it is ticked at first. */
  readonly isSuggested: boolean;
}
