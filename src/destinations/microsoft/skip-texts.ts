import type { SkipTexts } from '../../event/skip-reasons.ts';
import { maxLengths } from './payload.ts';

/** Skips in the words of Microsoft's settings and fields. */
export const skipTexts: SkipTexts = {
  'no-identifier': {
    why: 'The event has no value that Microsoft could match: no click id, visitor id, e-mail, phone, external id or device id.',
    remedy: 'Send at least one of them in `user` or `clickIds`.',
  },
  'browser-tag-sent-it': {
    why: 'The UET tag reported this page view, and Microsoft counts it there.',
    remedy: 'No action needed: with `pageLoads` at `always` it would count twice.',
  },
  unsupported: {
    why: 'The refund was not sent to Microsoft, so the purchase stays there as it was sent.',
    remedy: 'To send refunds, connect the account and choose goals in `adjustGoals`. Or correct the order at Microsoft.',
  },
  'no-address': {
    why: `The page view has no URL that Microsoft accepts: an absolute http or https URL of at most ${maxLengths.url} characters.`,
    remedy: 'Send `page.url` with each page view. No action needed for saved pages and frames without a URL.',
  },
  'too-old-on-arrival': {
    why: 'The event was older than seven days, less an hour, when Convey received it. The Conversions API accepts no older events.',
    remedy: 'Turn on `latePurchases` to upload such purchases to the connected account. Report other events sooner.',
  },
  filtered: {
    why: "The connection's `events` does not list this event, or its `pageLoads` is `never`.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
