import type { StripeSettings } from '../../event/stripe-settings.ts';
import { getAmount, getObject, getText, type Json } from '../json-fields.ts';

/** An event of Stripe, as its parts are read. */
export interface StripeEvent {
  readonly type: string;
  /** ISO 8601. */
  readonly createdAt: string | undefined;
  readonly object: Json;
  /** The members that the change replaced, with their earlier values. */
  readonly before: Json;
  readonly settings: StripeSettings;
}

/** Reads the envelope. @source npm stripe 23.1.0 (2026-12-03): `Event` */
export function toStripeEvent(body: Json, settings: StripeSettings): StripeEvent {
  const data = getObject(body, 'data');
  return {
    type: getText(body, 'type') ?? '',
    createdAt: readSeconds(body, 'created'),
    object: getObject(data, 'object'),
    before: getObject(data, 'previous_attributes'),
    settings,
  };
}

/** Returns a time that is written in seconds since 1970, in ISO 8601. */
export function readSeconds(parent: Json, name: string): string | undefined {
  const seconds = getAmount(parent, name);
  return seconds === undefined || Math.abs(seconds) > 8.64e12 ? undefined : new Date(seconds * 1_000).toISOString();
}

/** Returns the id of an object that Stripe writes as its id, or in full if the endpoint's version expands it. */
export function readId(parent: Json, name: string): string | undefined {
  const id = getText(getObject(parent, name), 'id') ?? getText(parent, name);
  return id !== undefined && /^[\w-]{1,100}$/.test(id) ? id : undefined;
}
