import type { EmbedName } from './lead-settings.ts';
import type { EmbedSignal } from './pixel-settings.ts';

/** One name of an id: a word of a service, and no text of a person. */
const id = '^([\\w-]{1,64})$';

/**
 * The signals by which services report a completed form to the page around it. Ids are those that the webhooks of a service have, so that
 * both reports are one lead. Answers are not read.
 */
const signals: Readonly<Record<EmbedName, readonly EmbedSignal[]>> = {
  /** @source https://help.calendly.com/hc/en-us/articles/223147027 (2026-09) */
  calendly: [
    {
      on: 'message',
      from: 'https://calendly.com',
      has: [
        ['event', '^calendly\\.event_scheduled$'],
        ['payload.invitee.uri', '^(https://api\\.calendly\\.com/[\\w/-]{1,100})$'],
      ],
    },
  ],
  /**
   * The older forms are a part of the page, and so are their messages. `onFormSubmit` carries the answers and is not read.
   * @source https://developers.hubspot.com/docs/cms/reference/forms (2026-09); the message is undocumented
   */
  hubspot: [
    { on: 'hs-form-event:on-submission:success' },
    {
      on: 'message',
      from: '',
      has: [
        ['type', '^hsFormCallback$'],
        ['eventName', '^onFormSubmitted$'],
      ],
    },
  ],
  /** @source https://tally.so/help/developer-resources (2026-09) */
  tally: [
    {
      on: 'message',
      from: 'https://tally.so',
      has: [
        ['event', '^Tally\\.FormSubmitted$'],
        ['payload.id', id],
      ],
    },
  ],
  /**
   * The page names the function in the attribute `data-tf-on-submit`. Messages of the form are undocumented, and not read.
   * @source https://www.typeform.com/developers/embed/callbacks/ (`@typeform/embed` 6.0.0)
   */
  typeform: [{ on: 'conveyTypeform', isFunction: true, has: [['responseId', id]] }],
  /** `wpcf7submit` is every outcome. @source https://contactform7.com/dom-events/ (2026-08) */
  'contact-form-7': [{ on: 'wpcf7mailsent' }],
};

/** Returns the signals of a service, with its name. */
export function listEmbedSignals(embed: EmbedName): readonly (readonly [EmbedName, EmbedSignal])[] {
  return signals[embed].map((signal) => [embed, signal]);
}
