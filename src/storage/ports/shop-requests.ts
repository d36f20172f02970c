import type { Json } from '../../event/issue.ts';

/** A privacy request of a customer, which a webhook of the shop delivered. */
export interface ShopRequest {
  /** Its kind and the id of the delivery. */
  readonly id: string;
  readonly site: string;
  /** The request, with hashes of the person's keys. */
  readonly content: Json;
}

/** The privacy requests that shops have delivered to any process on the store. The process of the site runs them. */
export interface ShopRequestStore {
  /** Adds a request, unless it is known. Returns whether it is done. */
  addShopRequest(request: ShopRequest): Promise<boolean>;
  isShopRequestDone(id: string): Promise<boolean>;
  /** Lists the oldest open request of each site. */
  listNextShopRequests(): Promise<readonly ShopRequest[]>;
  /** Marks a request as done, so that a repeated delivery does not run again. */
  endShopRequest(id: string): Promise<void>;
  /** Removes a request that failed, so that the next delivery runs it again. */
  removeShopRequest(id: string): Promise<void>;
  /** Removes requests that were done over a week ago, and open ones of over 30 days: their site was removed. */
  removeOldShopRequests(): Promise<void>;
}
