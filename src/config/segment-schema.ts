import { z } from 'zod';
import { defaultAdConsentCategories, segmentKeyKinds, segmentPurchaseIds } from '../event/segment-settings.ts';

const keyRule = 'Must be the write key of a source: 8 to 200 characters without spaces or colons.';
const lengthRule = 'Must have at least 20 characters for the kind `server`, because it is secret. Take another key.';

/** A key that an SDK has, with its kind. */
export const segmentKey = z
  .strictObject({
    key: z
      .string(keyRule)
      .regex(/^[^\s:*]{8,200}$/, keyRule)
      .describe('The write key of a source.'),
    kind: z
      .enum(segmentKeyKinds, 'Must be `browser` (public) or `server` (secret).')
      .describe('`browser` (public, in a page) or `server` (secret).'),
  })
  .refine(({ key, kind }) => kind === 'browser' || key.length >= 20, { message: lengthRule, path: ['key'] });

/** The settings of a site for messages of Segment's protocol. */
export const segmentSchema = z.strictObject({
  keys: z
    .array(segmentKey, 'Must be a list of keys.')
    .max(20, 'Must have at most 20 keys.')
    .default([])
    .describe('Write keys that SDKs have already, each with its kind: `browser` for one in a page, `server` for a secret one.'),
  purchaseId: z
    .enum(segmentPurchaseIds, `Must be one of ${segmentPurchaseIds.join(', ')}.`)
    .default('checkout_id')
    .describe("The number in a purchase's id: `checkout_id` (else `order_id`), or `order_id`."),
  adConsentCategories: z
    .array(z.string().trim().min(1).max(100), 'Must be a list of category ids.')
    .max(20, 'Must have at most 20 categories.')
    .default([...defaultAdConsentCategories])
    .describe('Consent categories for advertising. One that is refused denies.'),
});
