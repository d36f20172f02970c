import { randomUUID } from 'node:crypto';
import { clientCustomerId, ownerCustomerId, sharerCustomerId } from '../customer-management/customers.ts';

export interface UetTag {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly industry: string | null;
  readonly ownerCustomerId: string;
  /** Customers that see the tag without owning it. */
  readonly sharedWith: readonly string[];
}

const firstTags: readonly UetTag[] = [
  { id: '187012345', name: 'Shop', ownerCustomerId, sharedWith: [sharerCustomerId] },
  { id: '187012346', name: 'Shop, second site', ownerCustomerId, sharedWith: [] },
  { id: '187012347', name: 'Client of the agency', ownerCustomerId: clientCustomerId, sharedWith: [] },
].map((tag) => ({ description: '', industry: null, ...tag }));

/** The UET tags and the keys by which the Conversions API accepts their events. */
export class UetTags {
  readonly #tags = new Map(firstTags.map((tag) => [tag.id, tag]));
  readonly #keys: Map<string, string>;
  /** Whether tags without a key accept any token. */
  readonly #isOpen: boolean;
  /** Ids of the tags that the API made. */
  readonly #made = new Set<string>();
  #last = 0;

  /** `tokens` has the key of each tag. Undefined: a tag accepts any token until its key is fetched. */
  constructor(tokens: ReadonlyMap<string, string> | undefined) {
    this.#isOpen = tokens === undefined;
    this.#keys = new Map(tokens);
  }

  /** Returns the tags that a customer owns or shares. */
  list(customerId: string): readonly UetTag[] {
    return [...this.#tags.values()].filter((tag) => tag.ownerCustomerId === customerId || tag.sharedWith.includes(customerId));
  }

  find(customerId: string, id: string): UetTag | undefined {
    return this.list(customerId).find((tag) => tag.id === id);
  }

  put(tag: UetTag): void {
    this.#tags.set(tag.id, tag);
  }

  createId(): string {
    this.#last += 1;
    const id = String(187_900_000 + this.#last);
    this.#made.add(id);
    return id;
  }

  /** Returns the tag's key. Makes one if there is none and `mayMake`. */
  getKey(id: string, mayMake: boolean): string | undefined {
    if (!this.#keys.has(id) && mayMake) this.#keys.set(id, randomUUID());
    return this.#keys.get(id);
  }

  /** Returns whether the Conversions API accepts the token for the tag. */
  accepts(id: string, token: string): boolean {
    const key = this.#keys.get(id);
    return key === undefined ? this.#isOpen : key === token;
  }

  /** Returns whether beacons of the tag count. */
  knows(id: string): boolean {
    return this.#isOpen || this.#keys.has(id) || this.#made.has(id);
  }
}
