import { z } from 'zod';

const pauseSchema = z.lazy(() =>
  z.object({
    code: z.string(),
    message: z.string(),
    trackingId: z.string().exactOptional(),
    reason: z.enum(['minute', 'backoff', 'week', 'access', 'stop']),
    /** When the first of the failures came. */
    since: z.number(),
    /** The time of the next call; null: none while access and version of Convey are the same. */
    until: z.number().nullable(),
    /** The access and the version of Convey that failed. With others there is no pause. */
    by: z.string(),
  }),
);
export type UploadPause = z.output<typeof pauseSchema>;

const stateSchema = z.lazy(() =>
  z.object({
    pause: pauseSchema.exactOptional(),
    /** The time of the last call that the platform took. */
    takenAt: z.number().exactOptional(),
  }),
);
/** The state of a connection's uploads. Stored as JSON. */
export type StoredUploadState = z.output<typeof stateSchema>;

/** Parses a stored state. One that this version cannot read counts as none. */
export function parseUploadState(text: string | undefined): StoredUploadState {
  if (text === undefined) return {};
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
