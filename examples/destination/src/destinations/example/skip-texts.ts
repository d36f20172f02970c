import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of Example Ads. */
export const skipTexts: SkipTexts = {
  'no-identifier': {
    why: 'The event has no e-mail, visitor ID or click ID, by which alone Example Ads finds a person.',
    remedy: 'Send `user.email` or `user.anonymousId` with each event.',
  },
};
