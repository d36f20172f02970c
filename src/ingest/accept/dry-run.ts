import type { Issue } from '../../event/issue.ts';
import type { Site } from '../../event/site.ts';
import { type AppendResult, getPartitionSite, type NewRecord } from '../../storage/log/event-log.ts';
import type { HeaderReader } from '../http/client-info.ts';
import type { IngestResponse } from './append-events.ts';

/** The header of a request that is read, checked and answered, and never stored. */
export const dryRunHeader = 'x-convey-dry-run';

/** Returns whether a request is a dry run. Any value but `0` is, because a mistyped one must not store an event. */
export function isDryRun(header: HeaderReader): boolean {
  return (header(dryRunHeader) ?? '0').trim() !== '0';
}

/** The outcome that an event would have at a connection. It holds no value of the event. */
export interface PlannedOutcome {
  readonly connection: string;
  /** The platform's name. */
  readonly platform: string;
  /** `sent`, or the name of the outcome without a request. */
  readonly outcome: string;
  readonly says: string;
  /** The time for which the event would wait for another report or for consent. `outcome` is the one after it, if nothing comes. */
  readonly waitSeconds?: number;
  readonly issues: readonly Issue[];
  /** The effects of rules, in sentences. */
  readonly rules: readonly string[];
  /** The conditions that do not hold for the event to count at the platform. */
  readonly checks: readonly { readonly title: string; readonly message: string }[];
}

/** Returns the outcomes of each record at the connections of a site, without storing anything. */
export type PlanDryRun = (site: Site['id'], records: readonly NewRecord[]) => Promise<readonly (readonly PlannedOutcome[])[]>;

/** An append that keeps the records in memory in place of the event log. */
export interface DryAppend {
  readonly append: (records: readonly NewRecord[]) => Promise<readonly AppendResult[]>;
  /** The records of events and signals, in the order of the body, followed by denials. */
  readonly records: readonly NewRecord[];
}

/** Creates an append that stores nothing. It recognises the repeats within its records alone. */
export function createDryAppend(): DryAppend {
  const records: NewRecord[] = [];
  const keys = new Set<string>();
  return {
    records,
    append: async (given) =>
      given.map((record, index) => {
        const isRejection = getPartitionSite(record.partition) !== record.partition;
        if (!isRejection) records.push(record);
        const isKnown = keys.has(record.key);
        keys.add(record.key);
        return isKnown ? { duplicate: true } : { offset: String(index) };
      }),
  };
}

/** The answer to a dry run: that of the same request, and the outcomes if the request may learn them. */
export interface DryRunResponse extends IngestResponse {
  readonly dryRun: true;
  /** The outcomes of each event that would be stored. Absent for a public key, and at a gateway that only collects. */
  readonly plans?: readonly { readonly index: number; readonly id: string; readonly connections: readonly PlannedOutcome[] }[];
}

/** Adds the outcomes to the response to a dry run. @param plan absent: the request is only validated. */
export async function answerDryRun(
  response: IngestResponse,
  { records }: Pick<DryAppend, 'records'>,
  site: Site,
  plan: PlanDryRun | undefined,
): Promise<DryRunResponse> {
  if (!plan) return { ...response, dryRun: true };
  const taken = response.ids.flatMap((id, index) => (id === null ? [] : [{ id, index }]));
  const outcomes = await plan(site.id, records.slice(0, taken.length));
  const plans = taken.map(({ id, index }, position) => ({ index, id, connections: outcomes[position] ?? [] }));
  return { ...response, dryRun: true, plans };
}
