import type { z } from 'zod';
import type { ApiErrorCode } from './api-errors.ts';

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

type Fields = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** One thing that can be asked of a gateway. */
export interface Route {
  readonly group: 'Gateway' | 'Sites' | 'Connections' | 'Events' | 'People' | 'Accounts' | 'This reference';
  readonly summary: string;
  /** Markdown of plain sentences and code marks. */
  readonly detail?: string;
  /** Of address and query together; those of the address are named in it. */
  readonly asked: Fields;
  readonly body: Fields;
  /** What a body that does not fit is refused as. */
  readonly unfit?: ApiErrorCode;
  readonly answer: z.ZodType;
  /** `application/json` and `application/x-tar` are said of a file, which is passed on as it is. */
  readonly media?: 'text/html' | 'text/event-stream' | 'application/json' | 'application/x-tar';
  /** Answered on the machine's own socket alone, whoever is signed in to the dashboard. */
  readonly onlySocket?: true;
  /** Beside `parameter-invalid` and `internal`, which every route may answer. */
  readonly refusals: readonly ApiErrorCode[];
}

/** Routes by their method and address. */
export type Table = Readonly<Record<`${Method} /api${string}`, Route>>;
