import { z } from 'zod';
import { getRunbookPath } from '../event/runbooks.ts';
import { formatUtc, type UnixMs } from '../event/units.ts';
import { digestSchema } from './digest/digest.ts';

const figure = z.lazy(() => z.object({ label: z.string(), value: z.string() }));

/**
 * The content of a message, without the form of a channel. Its texts are those of Convey, with names of sites and connections and with
 * counts: they never contain values of events, and never the words of a platform.
 */
export const messageSchema = z.lazy(() =>
  z.object({
    kind: z.enum(['began', 'ended', 'digest', 'test']),
    /** The condition, or `digest`, `test`, `channel-failing` or `no-delivery`. */
    on: z.string(),
    isUrgent: z.boolean(),
    /** The subject: one short clause. */
    title: z.string(),
    sentence: z.string(),
    figures: z.array(figure).readonly(),
    site: z.string().exactOptional(),
    connection: z.string().exactOptional(),
    /** The names of the site and the connection, as the dashboard has them. */
    subject: z.string().exactOptional(),
    /** The key of the issue that it reports. */
    issue: z.string().exactOptional(),
    /** The id of the process whose disk it is. */
    node: z.string().exactOptional(),
    /** The time at which that process last checked the disk. */
    checkedAt: z.number().exactOptional(),
    since: z.number().exactOptional(),
    /** Set if the beginning is not known: `since` is then when the condition was found. */
    isFound: z.literal(true).exactOptional(),
    until: z.number().exactOptional(),
    remedy: z.string().exactOptional(),
    /** The path of the dashboard's page. */
    path: z.string(),
    /** The figures of a digest for the page in an e-mail. */
    digest: digestSchema.exactOptional(),
  }),
);
export type Message = z.output<typeof messageSchema>;
export type Figure = z.output<typeof figure>;

/** Formats times in the time zone of the settings, such as `28 Nov 2026, 10:05 (Europe/Berlin)`. */
export function formatTime(at: UnixMs, timeZone: string): string {
  if (timeZone === 'UTC') return `${formatUtc(at).slice(0, 16)} UTC`;
  const text = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'short' }).format(at);
  return `${text} (${timeZone})`;
}

/** A message as a channel shows it. */
export interface RenderedMessage extends Message {
  /** The time of the beginning, or those of the beginning and the end. Absent for digests and tests. */
  readonly period?: string;
  /** The complete address of the dashboard's page. */
  readonly url: string;
  /** The complete address of the steps, if a problem began that has some. */
  readonly runbook?: string;
}

export function renderMessage(
  message: Message,
  { dashboardUrl, timeZone }: { dashboardUrl: string; timeZone: string },
): RenderedMessage {
  const period = formatPeriod(message, timeZone);
  const base = dashboardUrl.replace(/\/$/, '');
  const runbook = message.kind === 'began' ? getRunbookPath(message.on) : undefined;
  return {
    ...message,
    ...(period !== undefined && { period }),
    url: `${base}${message.path}`,
    ...(runbook !== undefined && { runbook: `${base}${runbook}` }),
  };
}

function formatPeriod({ since, until }: Message, timeZone: string): string | undefined {
  if (since === undefined) return undefined;
  const from = formatTime(since, timeZone);
  return until === undefined ? from : `${from} to ${formatTime(until, timeZone)}`;
}

/** Lists the figures of a message with its times. */
export function listFigures({ figures, period, until, isFound }: RenderedMessage): readonly Figure[] {
  if (period === undefined) return figures;
  const begin = isFound ? 'Found' : until === undefined ? 'Since' : 'From';
  return [{ label: begin, value: period }, ...figures];
}

/** Formats a message as plain text. */
export function formatText(message: RenderedMessage): string {
  const figures = listFigures(message).map(({ label, value }) => `${label}: ${value}`);
  const steps = message.runbook === undefined ? undefined : `Steps: ${message.runbook}`;
  return [message.sentence, figures.join('\n'), message.remedy, message.url, steps]
    .filter((part) => part !== undefined && part !== '')
    .join('\n\n');
}

/** Cuts a text at a channel's limit. */
export function truncateText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
