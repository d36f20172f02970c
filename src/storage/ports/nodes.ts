import type { NodeRole } from '../../event/node-role.ts';

/** A process that runs on a shared store. */
export interface StoreNode {
  readonly id: string;
  /** Changes exactly when the sites of the config file change, which must be the same on every machine. */
  readonly sitesDigest: string;
  readonly roles: readonly NodeRole[];
}

/** A node that misses three heartbeats counts as dead. */
export const nodeAliveMs = 10_000;
/** After the crash of a node, another one delivers its sites within this time. */
export const takeoverMs = 35_000;

/** The processes that share the store. Only a store for several processes has it. */
export interface NodeStore {
  /** Records that a node is alive. Returns all nodes that were alive within `aliveMs` by the store's clock, in the order of their ids. */
  beat(node: StoreNode, aliveMs: number): Promise<readonly StoreNode[]>;
  /** Returns the nodes that were alive within `aliveMs`, in the order of their ids. */
  listNodes(aliveMs: number): Promise<readonly StoreNode[]>;
  /** Returns how many of these sites a node holds. */
  countHeldSites(sites: readonly string[]): Promise<number>;
  /** Removes a node that stops, so that the others need not wait. */
  removeNode(id: string): Promise<void>;
}

/** Another process runs the site, and did not give it away. */
export class SiteElsewhereError extends Error {
  override readonly name = 'SiteElsewhereError';
}
