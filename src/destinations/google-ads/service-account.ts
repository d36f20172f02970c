import { z } from 'zod';
import { parseJsonOrUndefined } from '../kit/response-body.ts';

/**
 * The members of a service account's key file that the exchange needs.
 * @source https://developers.google.com/identity/protocols/oauth2/service-account (2026-08)
 */
const keyFile = z.lazy(() =>
  z.object({
    client_email: z.string().regex(/^[\x21-\x7e]{1,320}$/),
    private_key: z.string().regex(/^\s*-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----\s*$/),
    private_key_id: z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/)
      .optional()
      .catch(undefined),
  }),
);

export type ServiceAccount = z.output<typeof keyFile>;

/** Explains the first thing that is wrong with the text of a key file, without its values. */
export function explainKeyFile(text: string): string | undefined {
  const file = parseJsonOrUndefined(text);
  const { data: members } = z.record(z.string(), z.unknown()).safeParse(file);
  if (members === undefined) return `Is no JSON object. Paste the whole text of the key file, with its braces. ${howToGet}`;
  if ('web' in members || 'installed' in members)
    return `Is the file of an OAuth client. Paste the key file of a service account, or set \`credential\` to \`refresh-token\`. ${howToGet}`;
  const { error } = keyFile.safeParse(file);
  const [field] = error?.issues[0]?.path ?? [];
  if (field === undefined) return undefined;
  return members[String(field)] === undefined
    ? `Has no \`${String(field)}\`. Paste the whole text of the key file. ${howToGet}`
    : `Has an unusable \`${String(field)}\`. Paste the key file as it was downloaded. ${howToGet}`;
}

const howToGet = 'In Google Cloud: IAM > Service accounts > Keys > Add key > JSON.';

/** Returns the service account of a key file's text. */
export function parseServiceAccount(text: string): ServiceAccount | undefined {
  return keyFile.safeParse(parseJsonOrUndefined(text)).data;
}
