import type { ConnectionState } from './connection-state.ts';
import type { ConsumerId } from './consumer-id.ts';

/** The starts of connections, which any process on a shared store may store before another one runs them. */
export interface ConnectionStartStore {
  /** Returns those of the connections that have no state. */
  findUnstarted(consumers: readonly ConsumerId[]): Promise<readonly ConsumerId[]>;
  /** Stores the states of new connections. Connections that have one keep it. */
  storeStarts(starts: readonly { readonly consumer: ConsumerId; readonly state: ConnectionState }[]): Promise<void>;
}
