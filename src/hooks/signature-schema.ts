import { z } from 'zod';
import { type HookSignature, signatureSchemes, signedTexts } from '../event/hook-signature.ts';

/** The rules of a hook's signature. Each problem has its path and its remedy. */

const headerRule = 'Must be the name of a header, such as `X-Signature`: 1 to 64 letters, digits and hyphens.';
const header = z.string(headerRule).regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/, headerRule);
/** Headers that proxies and browsers write. */
const ownHeader = header.refine(
  (name) => !/^(?:host|cookie|content-.*|forwarded|x-forwarded-.*|connection|transfer-encoding)$/i.test(name),
  'Must be a header of the service itself. Choose the header that its documentation names.',
);
const toleranceRule = 'Must be 30 to 172800 seconds.';
const toleranceSeconds = z.int(toleranceRule).min(30, toleranceRule).max(172_800, toleranceRule).default(300);

const hmac = z
  .strictObject({
    scheme: z.literal('hmac-sha256'),
    header: ownHeader,
    encoding: z.enum(['hex', 'base64'], 'Must be `hex` or `base64`.').default('hex'),
    prefix: z
      .string('Must be text.')
      .regex(/^[!-~]{0,20}$/, 'Must have at most 20 characters without spaces, such as `sha256=`.')
      .optional(),
    signs: z.enum(signedTexts, `Must be one of ${signedTexts.map((one) => `\`${one}\``).join(', ')}.`).default('body'),
    timestampHeader: ownHeader.optional(),
    toleranceSeconds,
  })
  .refine(({ signs, timestampHeader }) => signs === 'body' || timestampHeader !== undefined, {
    message: 'Is missing. Name the header of the time, because the time is signed.',
    path: ['timestampHeader'],
  })
  .refine(({ signs, timestampHeader }) => signs !== 'body' || timestampHeader === undefined, {
    message: 'Is not signed, so anyone could change it. Remove it, or set `signs` to `{timestamp}.{body}`.',
    path: ['timestampHeader'],
  });

/** The schema of `sites[].hooks[].signature`. */
export const hookSignatureSchema: z.ZodType<HookSignature> = z.discriminatedUnion(
  'scheme',
  [
    z.strictObject({ scheme: z.literal('standard-webhooks') }),
    hmac,
    z.strictObject({ scheme: z.literal('timestamped'), header: ownHeader, toleranceSeconds }),
    z.strictObject({ scheme: z.literal('hubspot-v3') }),
    z.strictObject({ scheme: z.literal('header-token'), header: ownHeader }),
    z.strictObject({ scheme: z.literal('basic') }),
  ],
  `Must have \`scheme\`, one of ${signatureSchemes.join(', ')}.`,
);
