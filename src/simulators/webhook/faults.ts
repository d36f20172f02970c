import { z } from 'zod';
import { Faults, faultFields, listModes, signInPage } from '../kit/faults.ts';
import type { Reply } from '../kit/http/reply.ts';

const statuses = ['400', '401', '403', '404', '410', '413', '422', '429', '500', '502', '504'] as const;

const modes = [
  ...statuses.map((status) => [status, () => ({ status: Number(status), body: { error: `status ${status}` } })] as const),
  ['redirect', () => ({ status: 307, headers: { location: '/elsewhere' } })],
  ['html', signInPage],
] as const;

/** A fault of the receiver. Each except the connection faults `200-then-drop`, `truncated` and `slow` stores no message. */
export const faultSchema = z.strictObject({ ...faultFields, mode: z.enum(listModes(modes)) });

export type Fault = z.infer<typeof faultSchema>;

/** Creates the faults of a simulator that begins without one. */
export const createFaults = () => new Faults<Fault, Reply>(faultSchema, { eventId: 'id', modes });
