import { z } from 'zod';
import { parseJsonOrUndefined } from '../kit/response-body.ts';

/**
 * The members of a service account's key file that the exchange needs.
 * @source https://developers.google.com/identity/protocols/oauth2/service-account (2026-08)
 */
const keyFile = z.object({
  client_email: z.string().regex(/^[\x21-\x7e]{1,320}$/),
  private_key: z.string().regex(/^\s*-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----\s*$/),
  private_key_id: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .catch(undefined),
});

export type ServiceAccount = z.output<typeof keyFile>;

/** Returns the service account of a key file's text. */
export function parseServiceAccount(text: string): ServiceAccount | undefined {
  return keyFile.safeParse(parseJsonOrUndefined(text)).data;
}
