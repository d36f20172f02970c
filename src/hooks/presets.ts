import type { HookEventMapping, HookFields } from '../event/hook-mapping.ts';
import type { HookSignature } from '../event/hook-signature.ts';
import { clickNames } from './click-names.ts';

/**
 * The mappings of services whose bodies are known. They are written from the services' documentation as it was known in 2026-12, without a
 * stored copy of the pages, so every place in a body is an assumption until a test request of the service fits: the preview shows it.
 */

function clickFields(parent: string): HookFields {
  return Object.fromEntries(clickNames.map((name) => [`clickIds.${name}`, `${parent}/${name}`]));
}

/**
 * Calendly: an invitee books an appointment. A moved appointment is booked anew with the old invitee's address, and is no second lead.
 * Assumed: https://developer.calendly.com/api-docs (webhook subscriptions: `invitee.created`).
 */
const calendly: readonly HookEventMapping[] = [
  {
    when: [
      { at: '/event', in: ['invitee.created'] },
      { at: '/payload/old_invitee', in: [null] },
    ],
    fields: {
      name: { const: 'Lead' },
      id: '/payload/uri',
      time: ['/payload/created_at', '/created_at'],
      'user.email': '/payload/email',
      'user.phone': '/payload/text_reminder_number',
      'user.firstName': '/payload/first_name',
      'user.lastName': '/payload/last_name',
      'goal.label': '/payload/scheduled_event/name',
    },
  },
];

/**
 * Typeform: a form was submitted. Visitor and click ids come from hidden fields of their names.
 * Assumed: https://www.typeform.com/developers/webhooks/example-payload/ (`form_response`).
 */
const typeform: readonly HookEventMapping[] = [
  {
    when: [{ at: '/event_type', in: ['form_response'] }],
    fields: {
      name: { const: 'Lead' },
      id: ['/form_response/token', '/event_id'],
      time: '/form_response/submitted_at',
      'user.email': [
        { at: '/form_response/answers', find: [{ at: '/type', in: ['email'] }], take: '/email' },
        '/form_response/hidden/email',
      ],
      'user.phone': [
        { at: '/form_response/answers', find: [{ at: '/type', in: ['phone_number'] }], take: '/phone_number' },
        '/form_response/hidden/phone',
      ],
      'user.anonymousId': '/form_response/hidden/convey_visitor',
      ...clickFields('/form_response/hidden'),
      'goal.label': '/form_response/definition/title',
    },
  },
];

/**
 * HubSpot: a workflow's action "Send a webhook" with all properties of the contact, which becomes a lead once.
 * Assumed: https://knowledge.hubspot.com/workflows/how-do-i-use-webhooks-with-hubspot-workflows (contact with `properties`).
 */
const property = (name: string) => [`/properties/${name}/value`, `/properties/${name}`, `/${name}`];
const hubspot: readonly HookEventMapping[] = [
  {
    fields: {
      name: { const: 'Lead' },
      id: ['/vid', '/properties/hs_object_id/value', '/hs_object_id', '/objectId'].map((at) => ({ at, prefix: 'hubspot-' })),
      'user.email': property('email'),
      'user.phone': property('phone'),
      'user.firstName': property('firstname'),
      'user.lastName': property('lastname'),
      'user.address.city': property('city'),
      'user.address.zip': property('zip'),
      'user.anonymousId': property('convey_visitor'),
      'clickIds.gclid': property('hs_google_click_id'),
      'clickIds.fbclid': property('hs_facebook_click_id'),
      'clickIds.msclkid': property('msclkid'),
    },
  },
];

/** A service that signs its requests, and the mapping of its bodies. */
export interface HookPreset {
  readonly signature: HookSignature;
  readonly events: readonly HookEventMapping[];
}

const tolerance = 300;

/**
 * The services with a mapping of their own, by the source of a hook.
 * Assumed: https://developer.calendly.com/api-docs (webhook signatures), https://www.typeform.com/developers/webhooks/secure-your-webhooks/,
 * https://developers.hubspot.com/docs/api/webhooks/validating-requests (version 3).
 */
export const hookPresets = {
  hubspot: { signature: { scheme: 'hubspot-v3' }, events: hubspot },
  calendly: {
    signature: { scheme: 'timestamped', header: 'Calendly-Webhook-Signature', toleranceSeconds: tolerance },
    events: calendly,
  },
  typeform: {
    signature: {
      scheme: 'hmac-sha256',
      header: 'Typeform-Signature',
      encoding: 'base64',
      prefix: 'sha256=',
      signs: 'body',
      toleranceSeconds: tolerance,
    },
    events: typeform,
  },
} as const satisfies Readonly<Record<string, HookPreset>>;
