import type { MessagePort } from 'node:worker_threads';
import type { BrowserBudget } from '../../event/browser-budget.ts';
import type { NewRecord, Offset } from '../../storage/log/event-log.ts';
import type { TaskRequest } from '../../storage/store/sqlite/schema.ts';
import type { ThreadError } from '../thread-error.ts';

/** The request for the identity consumer on the thread of the store's writer. */
export interface IdentityTaskRequest extends TaskRequest {
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

/** From the main thread. A request with an `id` is answered by `done`. */
export type IdentityRequest =
  | { readonly add: string }
  | { readonly remove: string; readonly id: number }
  /** The site stays quiesced until `resume` with the same id. */
  | { readonly quiesce: string; readonly id: number }
  | { readonly resume: number }
  | { readonly stop: true; readonly id: number }
  | { readonly written: number; readonly error?: ThreadError };

/** To the main thread. */
export type IdentityReport =
  | { readonly done: number; readonly error?: ThreadError }
  | { readonly progress: readonly (readonly [site: string, cursor: Offset])[] }
  | { readonly fault: ThreadError; readonly site: string }
  | { readonly recovered: string }
  | { readonly level: 'debug' | 'warn'; readonly site: string; readonly fields: object; readonly event: string }
  /** Only the event log's own thread writes to it. */
  | { readonly append: readonly NewRecord[]; readonly id: number }
  | { readonly redact: readonly Offset[]; readonly site: string; readonly id: number };
