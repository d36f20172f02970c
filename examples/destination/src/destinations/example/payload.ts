import { z } from 'zod';

/** @source https://ads.example/docs/events (2026-11-24) */
export const payload = z.strictObject({
  event_id: z.string().min(1).max(128),
  event: z.string().min(1).max(100),
  /** UNIX seconds. */
  at: z.int().positive(),
  email: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
    .exactOptional(),
  visitor: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal digits')
    .exactOptional(),
  click: z.string().min(1).max(64).exactOptional(),
});

export type Payload = z.output<typeof payload>;
