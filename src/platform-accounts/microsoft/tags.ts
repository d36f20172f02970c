import { z } from 'zod';
import { idSchema, lenient, lenientList, type MicrosoftCall } from './call.ts';

/**
 * Reads UET tags and their tokens for the Conversions API.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getuettagsbyids?view=bingads-13 and
 * /getuettagauthkey (2026-08-17)
 */

const tagSchema = z.lazy(() =>
  z
    .object({
      Id: idSchema,
      Name: lenient(z.string()),
      TrackingStatus: lenient(z.enum(['Unverified', 'Active', 'Inactive'])),
      CustomerShare: lenient(z.object({ OwnerCustomerId: lenient(idSchema) })),
    })
    .transform(({ Id, Name, TrackingStatus, CustomerShare }) => ({
      tagId: Id,
      name: Name ?? '',
      status: TrackingStatus,
      ownerCustomerId: CustomerShare?.OwnerCustomerId,
    })),
);
export type MicrosoftTag = z.output<typeof tagSchema>;
const tagsSchema = z.lazy(() => z.object({ UetTags: lenientList(tagSchema) }).transform(({ UetTags }) => UetTags));

/** Returns the call that lists all tags of the customer. */
export const queryTags = (): MicrosoftCall<readonly MicrosoftTag[]> => ({
  service: 'campaign',
  path: '/UetTags/QueryByIds',
  body: { TagIds: null },
  answer: tagsSchema,
});

/** The length and alphabet are not documented beyond a UUID; a token has no spaces. */
const key = z.string().regex(/^[\x21-\x7e]{1,2000}$/);
/** The reference names `UetTagAuthKey`, the guide of the Conversions API `TagAuthKey.AuthKey`. */
const keySchema = z.lazy(() =>
  z
    .object({ UetTagAuthKey: lenient(key), TagAuthKey: lenient(z.object({ AuthKey: lenient(key) })) })
    .transform(({ UetTagAuthKey, TagAuthKey }) => UetTagAuthKey ?? TagAuthKey?.AuthKey),
);

/** The two names of the parameter in Microsoft's pages. The second is tried once after a refusal of the first: an assumption of Convey. */
export const tagIdParameters = ['UetTagId', 'TagId'] as const;

/** Returns the call that reads the tag's token; makes one if there is none and the customer owns the tag. */
export const queryTagKey = (
  tagId: string,
  parameter: (typeof tagIdParameters)[number] = 'UetTagId',
): MicrosoftCall<string | undefined> => ({
  service: 'campaign',
  path: '/UetTagAuthKey/Query',
  body: { [parameter]: tagId },
  answer: keySchema,
});
