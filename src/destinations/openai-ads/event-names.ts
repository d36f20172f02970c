import type { StandardEventName } from '../../event/event-names.ts';
import type { DataType } from './tag-settings.ts';

/**
 * OpenAI's events of a website, each with the type of its data. `custom` is not one of them: a custom event has a name of its own.
 * @source https://developers.openai.com/ads/supported-events (2026-09-11)
 */
export const dataTypes = {
  page_viewed: 'contents',
  contents_viewed: 'contents',
  items_added: 'contents',
  checkout_started: 'contents',
  order_created: 'contents',
  lead_created: 'customer_action',
  registration_completed: 'customer_action',
  appointment_scheduled: 'customer_action',
  subscription_created: 'plan_enrollment',
  trial_started: 'plan_enrollment',
} as const satisfies Record<string, DataType>;

export type StandardType = keyof typeof dataTypes;

export function isStandardType(name: string): name is StandardType {
  return Object.hasOwn(dataTypes, name);
}

/** Names that no custom event may have: `custom` itself, and the events of apps. */
export const reservedNames: readonly string[] = ['custom', 'app_installed', 'app_opened'];

/**
 * OpenAI's names of the standard events. OpenAI has no search, so it is a custom event.
 * @source https://developers.openai.com/ads/supported-events (2026-09-11)
 */
export const standardNames = {
  PageView: 'page_viewed',
  ViewContent: 'contents_viewed',
  AddToCart: 'items_added',
  InitiateCheckout: 'checkout_started',
  Purchase: 'order_created',
  Lead: 'lead_created',
  Search: 'search',
  SignUp: 'registration_completed',
} as const satisfies Record<StandardEventName, string>;

/** OpenAI's names of custom events that it knows, by Convey's name in lower case (an assumption). */
export const knownCustomNames: Readonly<Record<string, StandardType>> = {
  subscribe: 'subscription_created',
  starttrial: 'trial_started',
  start_trial: 'trial_started',
  schedule: 'appointment_scheduled',
};

/** 1 to 64 letters, digits, `_` and `-`, with a letter or digit at both ends. */
export const customNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/;
