import type { Fields } from './schema.ts';
import { isFields } from './schema.ts';

/** How many of the same id or order are looked at. */
const mostKin = 20;

/** What looks alike without being one event: the same tag and event id, or the same tag, name and order. */
export class Kin<T> {
  readonly #byId = new Map<string, Set<T>>();
  readonly #byOrder = new Map<string, Set<T>>();

  add(tagId: string, event: Fields, member: T): void {
    for (const { index, key } of this.#places(tagId, event)) {
      const there = index.get(key);
      if (there === undefined) index.set(key, new Set([member]));
      else there.add(member);
    }
  }

  remove(tagId: string, event: Fields, member: T): void {
    for (const { index, key } of this.#places(tagId, event)) {
      const there = index.get(key);
      there?.delete(member);
      if (there?.size === 0) index.delete(key);
    }
  }

  clear(): void {
    this.#byId.clear();
    this.#byOrder.clear();
  }

  /** The first few. */
  of(tagId: string, event: Fields): { readonly by: 'id' | 'order'; readonly member: T }[] {
    const found: { by: 'id' | 'order'; member: T }[] = [];
    for (const { index, key, by } of this.#places(tagId, event)) {
      let seen = 0;
      for (const member of index.get(key) ?? []) {
        seen += 1;
        if (seen > mostKin) break;
        found.push({ by, member });
      }
    }
    return found;
  }

  #places(tagId: string, { eventId, eventName, customData }: Fields) {
    const order = isFields(customData) ? customData.transactionId : undefined;
    const name = typeof eventName === 'string' ? eventName.toLowerCase() : '';
    const places: { index: Map<string, Set<T>>; key: string; by: 'id' | 'order' }[] = [];
    if (typeof eventId === 'string') places.push({ index: this.#byId, key: JSON.stringify([tagId, eventId]), by: 'id' });
    if (typeof order === 'string') places.push({ index: this.#byOrder, key: JSON.stringify([tagId, name, order]), by: 'order' });
    return places;
  }
}
