import type { Hook, HookSource } from '../event/hook.ts';
import { type HookSignature, isSignedScheme } from '../event/hook-signature.ts';
import type { Site } from '../event/site.ts';
import { type HookPreset, hookPresets } from './presets.ts';

interface SourceTexts {
  readonly title: string;
  readonly summary: string;
  /** Where the service shows its secret. */
  readonly secretHint: string;
  /** The slug of its guide. */
  readonly guide?: string;
}

/** The services of hooks, as dashboard and API name them. */
export const hookSourceTexts: Readonly<Record<HookSource, SourceTexts>> = {
  stripe: {
    title: 'Stripe',
    summary: 'Sales, subscriptions and refunds of Checkout and Payment Links.',
    secretHint: 'In Stripe: Developers › Webhooks › the endpoint › Signing secret. It begins with whsec_.',
    guide: 'stripe',
  },
  recharge: {
    title: 'Recharge',
    summary: 'Subscriptions of a shop: cancellations, failed charges and orders.',
    secretHint: 'The API client secret of Recharge, not the token.',
    guide: 'recharge',
  },
  hubspot: {
    title: 'HubSpot',
    summary: 'Contacts that a workflow sends, as leads.',
    secretHint: 'The client secret of the HubSpot app that the workflow signs with.',
    guide: 'signed-hooks',
  },
  calendly: {
    title: 'Calendly',
    summary: 'Booked appointments, as leads.',
    secretHint: 'The signing key of the webhook subscription in Calendly.',
    guide: 'signed-hooks',
  },
  typeform: {
    title: 'Typeform',
    summary: 'Submitted forms, as leads.',
    secretHint: 'The secret that you enter at the webhook in Typeform.',
    guide: 'signed-hooks',
  },
  custom: {
    title: 'Another service',
    summary: 'Any service that can call a URL with JSON. You map its fields.',
    secretHint: 'The secret with which the service signs.',
    guide: 'signed-hooks',
  },
};

const presets: Readonly<Record<string, HookPreset>> = hookPresets;

/** Returns the signature and the mapping that Convey has for a service. */
export function findHookPreset(source: HookSource): HookPreset | undefined {
  return Object.hasOwn(presets, source) ? presets[source] : undefined;
}

/** Returns the signature of a hook; `undefined` for a service whose requests Convey reads itself. */
export function getHookSignature({ source, signature }: Pick<Hook, 'source' | 'signature'>): HookSignature | undefined {
  return signature ?? findHookPreset(source)?.signature;
}

/** Returns whether a signature proves that each request is the service's. */
export function isSignedHook(hook: Pick<Hook, 'source' | 'signature'>): boolean {
  const signature = getHookSignature(hook);
  return signature === undefined || isSignedScheme(signature);
}

/** Explains which hooks of a site are not signed, and what to do; `undefined` if all are. */
export function explainUnsignedHooks({ hooks = [] }: Pick<Site, 'hooks'>): string | undefined {
  const names = hooks.filter((hook) => !isSignedHook(hook)).map(({ id }) => id);
  if (names.length === 0) return undefined;
  const subject = names.length === 1 ? 'hook' : 'hooks';
  return `Requests to the ${subject} ${names.join(', ')} are not signed: everyone who learns the secret can send events, so they are trusted as a browser's. Choose a scheme that signs if the service has one`;
}

/** Returns how the requests of a hook are proven, in one sentence. */
export function describeProof(hook: Pick<Hook, 'source' | 'signature'>): string {
  const signature = getHookSignature(hook);
  if (signature === undefined) return `Each request is signed in the way of ${hookSourceTexts[hook.source].title}.`;
  switch (signature.scheme) {
    case 'standard-webhooks':
      return 'Each request is signed by Standard Webhooks.';
    case 'hmac-sha256':
    case 'timestamped':
      return `Each request is signed by HMAC-SHA256 in the header \`${signature.header}\`.`;
    case 'hubspot-v3':
      return 'Each request is signed in the way of HubSpot, in the header `X-HubSpot-Signature-v3`.';
    case 'header-token':
      return `Not signed: the header \`${signature.header}\` has the secret itself.`;
    case 'basic':
      return 'Not signed: user and password are in each request.';
  }
}
