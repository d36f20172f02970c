import { z } from 'zod';
import { issueSchema } from './issue-schema.ts';

const pauseCauseSchema = z.lazy(() => z.enum(['blocked', 'schema', 'operator']));

/** The reason why a connection sends nothing until something changes. */
const pauseSchema = z.lazy(() =>
  z.object({
    /** `blocked`: the platform refuses the connection itself; `schema`: too many rejections; `operator`: an operator paused it. */
    cause: pauseCauseSchema,
    issue: issueSchema,
    since: z.number(),
    /** The next probe of the credential, or the next test request of a `schema` pause; null if there is none. */
    probeAt: z.number().nullable(),
    /**
     * The operator who paused it: an account of the dashboard (`toStoredAccount`, or its name from earlier versions), or none for the command
     * line. Absent for pauses of earlier versions.
     */
    by: z.object({ account: z.string().exactOptional() }).exactOptional(),
  }),
);

/** The error of the last step, if the consumer crashed in it. */
const crashSchema = z.lazy(() => z.object({ error: z.string(), since: z.number() }));
export type Crash = z.output<typeof crashSchema>;

const breakerSchema = z.lazy(() =>
  z.object({
    /** Failures since the last success. */
    failures: z.number(),
    /** The last minute's sends. */
    recent: z.array(z.object({ at: z.number(), failed: z.boolean() })),
    /** Failed probes since the breaker opened; null while it is closed. */
    failedProbes: z.number().nullable(),
    /** Nothing is sent before this time. */
    notBefore: z.number(),
    /** The status of the last failure. Absent if it had no response, or no request failed since the last success. */
    status: z.number().exactOptional(),
    /** The code of the last failure that had no response, such as `ECONNREFUSED`. Absent if it had one, or by an earlier version. */
    code: z.string().exactOptional(),
  }),
);
export type CircuitBreakerState = z.output<typeof breakerSchema>;

/** The second cursor of a connection: it reads a period of the event log while the main cursor goes on. */
const replaySchema = z.lazy(() =>
  z.object({
    /** The period: records that the event log received from `since` to before `until`. */
    since: z.number(),
    until: z.number(),
    /** Also sends events that were delivered before. */
    again: z.boolean(),
    cursor: z.string(),
    /** The last offset: in the period, and at or before the main cursor of the time when the replay began. */
    through: z.string(),
    /** Events read so far. */
    passed: z.number(),
    /** Events requeued so far. */
    sent: z.number(),
    endedAt: z.number().exactOptional(),
  }),
);
export type Replay = z.output<typeof replaySchema>;

/** The state of a connection's consumer except for its events. Stored as JSON in one row. */
export const connectionStateSchema = z.lazy(() =>
  z.object({
    cursor: z.string(),
    pause: pauseSchema.nullable(),
    /** When the last pause ended. Events that were due before it waited for it. */
    resumed: z.object({ at: z.number(), cause: pauseCauseSchema }).exactOptional(),
    breaker: breakerSchema,
    /** The last 1,000 settled events that a server or webhook reported, oldest first: `1` rejected, `0` not. */
    verdicts: z.string(),
    /** The same for events that only browsers reported, and the time of the last rejection. They never pause the connection. */
    browser: z.object({ verdicts: z.string(), rejectedAt: z.number() }).exactOptional(),
    /**
     * When the mapping last made a payload that the platform's schema refuses. From then on each payload is checked, until an operator resumes the
     * connection or changes its settings.
     */
    misfitAt: z.number().exactOptional(),
    /** Absent once a step has succeeded. */
    crash: crashSchema.exactOptional(),
    /** Distinguishes changed settings from unchanged ones without storing them. */
    settingsDigest: z.string(),
    settingsChangedAt: z.number(),
    /** Requests that were sent again because no response arrived. */
    inDoubt: z.number(),
    /**
     * The record after which the connection began, the time when the event log received it, and the number of events of its bucket up to
     * there. `after` is the beginning of the event log if there was no record. Absent if the connection began before Convey counted events.
     */
    begins: z.object({ after: z.string(), at: z.number(), events: z.number() }).exactOptional(),
    /** The current or last replay. */
    replay: replaySchema.exactOptional(),
    /**
     * Trusted reports that overtake the backlog. `cursor`: the event log was searched for them up to here; `through`: no event after it was
     * settled before the main cursor reached it. Absent once the main cursor has passed `through`.
     */
    ahead: z.object({ cursor: z.string(), through: z.string() }).exactOptional(),
    /** The time of the last request that the platform accepted. */
    takenAt: z.number().exactOptional(),
    /** When a probe last found that the platform accepts the credential. */
    provenAt: z.number().exactOptional(),
    /** When the last `blocked` pause that a probe ended began. The next one continues it, unless the platform accepted a request since. */
    blockedSince: z.number().exactOptional(),
    /** The platform asked by `Retry-After` to wait until this time, which is more than an hour away. It is probed each hour until then. */
    wait: z.object({ until: z.number() }).exactOptional(),
    /**
     * The successes in an unknown form since the last confirmed one: the request that got them, the time of the first, and their number. Those of
     * an endpoint of the operator's own belong to no request, and any other outcome ends them. `isSettled`: the events of such a request have
     * become unverified, and those of each further one do at once.
     */
    unconfirmed: z
      .object({
        attempt: z.string().exactOptional(),
        since: z.number(),
        tries: z.number(),
        isSettled: z.boolean().exactOptional(),
      })
      .exactOptional(),
    /**
     * The events that became unverified by such answers: their number, when the event log received the first, and when the last became so. They
     * are kept until a replay of them begins or an operator resumes the connection.
     */
    unverified: z.object({ from: z.number(), until: z.number(), events: z.number() }).exactOptional(),
    /** The time of the last bisection of a batch from the event log because of refused content. */
    bisectedAt: z.number().exactOptional(),
  }),
);
export type ConnectionState = z.output<typeof connectionStateSchema>;
