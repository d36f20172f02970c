import { z } from 'zod';
import type {
  AlertMessageState,
  MissedAlertMessage,
  OpenAlert,
  ReceivedKind,
  StoredAlertMessage,
  StoredAlertSettings,
} from '../../ports/alerts.ts';

const settingsSchema = z.lazy(() =>
  z.object({
    config: z.record(z.string(), z.json()).nullable(),
    secrets: z.record(z.string(), z.record(z.string(), z.string())),
    mutes: z.array(z.object({ site: z.string(), connection: z.string(), until: z.number().exactOptional() })).readonly(),
    version: z.number().exactOptional(),
    channels: z.record(z.string(), z.object({ digest: z.string(), changedAt: z.number() })).exactOptional(),
  }),
);
const openAlertSchema = z.lazy(
  () =>
    z.object({
      key: z.string(),
      id: z.string(),
      beganAt: z.number(),
      content: z.json(),
      channels: z.array(z.string()).readonly(),
    }) satisfies z.ZodType<OpenAlert>,
);

/** @param text absent before the settings are first saved */
export function parseAlertSettings(text: string | undefined): StoredAlertSettings {
  return text === undefined ? { config: null, secrets: {}, mutes: [] } : settingsSchema.parse(JSON.parse(text));
}

export function parseOpenAlert(text: string): OpenAlert {
  return openAlertSchema.parse(JSON.parse(text));
}

export interface MessageRow {
  readonly id: string;
  readonly channel: string;
  readonly state: AlertMessageState;
  readonly created_at: number;
  readonly due_at: number;
  readonly tries: number;
  readonly tried_at: number | null;
  readonly content: string;
  readonly problem: string | null;
}

export interface MissedRow extends Pick<MessageRow, 'channel' | 'created_at' | 'tries' | 'problem'> {
  readonly state: MissedAlertMessage['state'];
  readonly tried_at: number;
  readonly title: string;
}

export const receivedColumns = { events: 'events', orders: 'orders', browserEvents: 'browser_events' } as const satisfies Record<
  ReceivedKind,
  string
>;

export function toMissedMessage(row: MissedRow): MissedAlertMessage {
  const { channel, state, tries, title, problem } = row;
  return {
    channel,
    state,
    createdAt: row.created_at,
    tries,
    triedAt: row.tried_at,
    title,
    ...(problem !== null && { problem }),
  };
}

export function toMessage(row: MessageRow): StoredAlertMessage {
  const { id, channel, state, tries } = row;
  return {
    id,
    channel,
    state,
    createdAt: row.created_at,
    dueAt: row.due_at,
    tries,
    content: z.json().parse(JSON.parse(row.content)),
    ...(row.tried_at !== null && { triedAt: row.tried_at }),
    ...(row.problem !== null && { problem: row.problem }),
  };
}
