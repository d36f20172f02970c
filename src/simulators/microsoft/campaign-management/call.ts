import type { Fields } from '../../kit/fields.ts';
import type { Access, User } from '../customer-management/customers.ts';
import type { Fault } from '../faults.ts';
import type { Goals } from '../journal/event-goals.ts';
import type { Journal } from '../journal/journal.ts';
import type { Reports } from '../reporting/reports.ts';
import type { OfflineConversions } from './offline-conversions.ts';
import type { UetTags } from './uet-tags.ts';

/** The state that the operations of the API read and change. */
export interface ApiState {
  readonly journal: Journal;
  readonly goals: Goals;
  readonly tags: UetTags;
  readonly offline: OfflineConversions;
  readonly reports: Reports;
  /** The accounts with automatic tagging of click ids. */
  readonly autoTagged: Set<string>;
}

interface UserCall {
  readonly body: Fields;
  readonly user: User;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The fault that applies to the call. */
  readonly fault: Fault | undefined;
  /** Origin of the simulator. */
  readonly origin: string;
}

/** A call on an ad account. */
export interface AccountCall extends UserCall {
  readonly access: Access;
}

interface OperationOf<C> {
  readonly method: 'POST' | 'PUT';
  /** The path after the service's prefix. */
  readonly path: string;
  readonly isWrite?: boolean;
  /** Returns the body of the answer. Throws an `ApiFault` to refuse the call. */
  run(call: C, state: ApiState): object;
}

/** An operation that needs no ad account. */
export type UserOperation = OperationOf<UserCall>;
export type AccountOperation = OperationOf<AccountCall>;

/** Returns the customer that owns what the account makes. */
export const getCustomerId = ({ access }: AccountCall): string => access.account.parentCustomerId;
