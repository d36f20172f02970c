import { z } from 'zod';
import type { LateCallResult } from '../../event/late-conversion.ts';

/** The goal that counts uploaded purchases. */
const lateGoalSchema = z.lazy(() =>
  z
    .object({
      id: z.string(),
      /** Uploads name the goal by it. */
      name: z.string(),
      /** Whether the platform compares hashes of a person, too. */
      isEnhanced: z.boolean(),
      /** When the platform takes the first upload. */
      readyAt: z.number(),
    })
    .readonly(),
);
export type LateGoal = z.output<typeof lateGoalSchema>;

/** Parses a stored goal. One of another version counts as none. */
export function parseLateGoal(text: string | undefined): LateGoal | undefined {
  return text === undefined ? undefined : lateGoalSchema.safeParse(JSON.parse(text)).data;
}

/** A goal of the account that can count uploaded purchases. */
export interface UploadGoal extends Pick<LateGoal, 'id' | 'name' | 'isEnhanced'> {
  /** Whether it was made by this call, and not before. */
  readonly isMade: boolean;
}

/** The result of an upload, and whether it shows that the stored goal is out of date. */
export interface UploadedConversions {
  readonly result: LateCallResult;
  /** `unknown`: there is no active goal of this name. `too-young`: it does not take uploads yet. */
  readonly goal?: 'unknown' | 'too-young';
}
