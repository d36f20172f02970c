import { describe, expect, it } from 'vitest';
import { findProblems, readValidConfig, site } from './config.fixture.ts';

const read = (capture: object) => readValidConfig({ sites: [{ ...site, capture }] }).sites[0]?.capture;

describe('leads', () => {
  it('are absent unless the operator chooses', () => {
    expect(Object.keys(read({}) ?? {})).toEqual(['dataLayer']);
  });

  it('have forms with a mode, an event and the fields by autocomplete', () => {
    const success = { url: '/*/thanks' };
    expect(
      read({
        forms: [{ selector: '#a' }, { selector: '.b', event: 'sign_up', mode: 'preview', success }],
        embeds: ['tally'],
        contact: 'on',
      }),
    ).toMatchObject({
      forms: [
        { mode: 'on', selector: '#a', event: 'Lead', fields: {} },
        { mode: 'preview', selector: '.b', event: 'SignUp', fields: {}, success },
      ],
      embeds: ['tally'],
      contact: 'on',
    });
  });

  it.each([
    ['forms[0].selector', { forms: [{ selector: ' ' }] }],
    ['forms[0].mode', { forms: [{ selector: 'a', mode: 'yes' }] }],
    ['forms[0].event', { forms: [{ selector: 'a', event: 'purchase' }] }],
    ['forms[0].event', { forms: [{ selector: 'a', event: 'Refund' }] }],
    ['forms[0].fields.email', { forms: [{ selector: 'a', fields: { email: '' } }] }],
    ['forms[0].success', { forms: [{ selector: 'a', success: {} }] }],
    ['forms[0].success', { forms: [{ selector: 'a', success: { url: '/a', selector: 'b' } }] }],
    ['forms[0].success.url', { forms: [{ selector: 'a', success: { url: 'thanks' } }] }],
    ['forms[0].success.url', { forms: [{ selector: 'a', success: { url: '/*a*b*c*' } }] }],
    ['forms[0].success.embed', { forms: [{ selector: 'a', success: { embed: 'tally' } }] }],
    ['forms', { forms: Array.from({ length: 17 }, () => ({ selector: 'a' })) }],
    ['embeds[0]', { embeds: ['jotform'] }],
    ['contact', { contact: true }],
  ])('have a rule for %s: %j', (path, capture) => {
    expect(findProblems({ sites: [{ ...site, capture }] })).toEqual([
      { path: `sites[0].capture.${path}`, message: expect.stringMatching(/^Must /) },
    ]);
  });
});
