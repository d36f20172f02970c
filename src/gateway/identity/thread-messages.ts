import type { MessagePort } from 'node:worker_threads';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { LeaseLostError } from '../../storage/store/consumers.ts';
import type { GuestInvitation } from '../../storage/store/sqlite/schema.ts';

/** The invitation of the identity consumer to the thread of the store's writer. */
export interface IdentityInvitation extends GuestInvitation {
  /** Carries the messages below. */
  readonly port: MessagePort;
  /** Carries the committed records of the event log. */
  readonly feed: MessagePort;
  /** The event log's file, for the records of earlier runs. */
  readonly logFile: string;
  readonly owner: string;
  readonly leaseTtlMs: number;
  readonly browserBudget?: BrowserBudget;
}

/** An error as it crosses threads. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** From the main thread. A request with an `id` is answered by `done`. */
export type IdentityRequest =
  | { readonly add: string }
  | { readonly remove: string; readonly id: number }
  /** The site stays quiesced until `resume` with the same id. */
  | { readonly quiesce: string; readonly id: number }
  | { readonly resume: number }
  | { readonly stop: true; readonly id: number }
  | { readonly redacted: number; readonly error?: ThreadError };

/** To the main thread. */
export type IdentityReport =
  | { readonly done: number; readonly error?: ThreadError }
  | { readonly progress: readonly (readonly [site: string, cursor: Offset])[] }
  | { readonly fault: ThreadError; readonly site: string }
  | { readonly level: 'debug' | 'warn'; readonly site: string; readonly fields: object; readonly event: string }
  /** Only the event log's own thread redacts. */
  | { readonly redact: readonly Offset[]; readonly site: string; readonly id: number };

export function toThreadError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return 'code' in error && typeof error.code === 'string' ? { name, message, code: error.code } : { name, message };
}

export function fromThreadError({ name, message, code }: ThreadError): Error {
  if (name === 'LeaseLostError') return new LeaseLostError(message);
  return Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
}
