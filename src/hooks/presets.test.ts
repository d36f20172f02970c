import { describe, expect, it } from 'vitest';
import { applyHookMapping } from './apply-mapping.ts';
import { hookMappingSchema } from './mapping-schema.ts';
import { hookPresets } from './presets.ts';

const visitor = '0123456789abcdef0123456789abcdef';
const invitee = {
  uri: 'https://api.calendly.com/scheduled_events/AAAA/invitees/BBBB',
  created_at: '2026-12-01T10:00:00.000000Z',
  email: 'jane@shop.example',
  first_name: 'Jane',
  text_reminder_number: null,
  old_invitee: null,
  scheduled_event: { name: 'Consultation' },
};
const form = {
  token: 'a3a12ec67a1365927098a606107fac15',
  submitted_at: '2026-12-01T10:00:00Z',
  hidden: { convey_visitor: visitor, gclid: 'Cj0_example' },
  definition: { title: 'Quote' },
  answers: [
    { type: 'text', text: 'Lima' },
    { type: 'email', email: 'jane@shop.example' },
    { type: 'phone_number', phone_number: '+493012345678' },
  ],
};

describe('the mapping of a service', () => {
  it.each(Object.entries(hookPresets))('of %s is a valid mapping', (_, { events }) => {
    expect(hookMappingSchema.safeParse(events).error?.issues).toBeUndefined();
  });

  it('of Calendly makes a lead of a booking, and ignores one that was moved', () => {
    const apply = (payload: unknown, event = 'invitee.created') =>
      applyHookMapping(hookPresets.calendly.events, { event, payload }, () => undefined);
    expect(apply(invitee)).toEqual({
      entry: 0,
      issues: [],
      submission: {
        name: 'Lead',
        id: invitee.uri,
        time: invitee.created_at,
        user: { email: 'jane@shop.example', firstName: 'Jane' },
        goal: { label: 'Consultation' },
      },
    });
    expect(apply({ ...invitee, old_invitee: 'https://api.calendly.com/scheduled_events/AAAA/invitees/AAAA' })).toBeUndefined();
    expect(apply(invitee, 'invitee.canceled')).toBeUndefined();
  });

  it('of Typeform finds e-mail address and phone among the answers', () => {
    const mapped = applyHookMapping(
      hookPresets.typeform.events,
      { event_id: 'e1', event_type: 'form_response', form_response: form },
      () => undefined,
    );
    expect(mapped?.submission).toEqual({
      name: 'Lead',
      id: form.token,
      time: form.submitted_at,
      user: { email: 'jane@shop.example', phone: '+493012345678', anonymousId: visitor },
      clickIds: { gclid: 'Cj0_example' },
      goal: { label: 'Quote' },
    });
  });

  it.each([
    ['contact records', { vid: 101, properties: { email: { value: 'jane@shop.example' } } }],
    ['chosen properties', { hs_object_id: '101', email: 'jane@shop.example' }],
  ])('of HubSpot reads %s', (_, body) => {
    const mapped = applyHookMapping(hookPresets.hubspot.events, body, () => undefined);
    expect(mapped).toMatchObject({
      submission: { name: 'Lead', id: 'hubspot-101', user: { email: 'jane@shop.example' } },
      issues: [],
    });
  });
});
