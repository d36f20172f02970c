import { webUrlSchema } from '../destinations/kit/tag-url.ts';

/** The base URL of a platform's stand-in, without a slash at its end. */
export const endpointUrlSchema = webUrlSchema.transform((url) => url.replace(/\/+$/, ''));
