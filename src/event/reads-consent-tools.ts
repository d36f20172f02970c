import type { Site } from './site.ts';

/**
 * Returns whether the pixel of a site reads consent tools. Under the policy `granted` the page asks before it calls Convey, but a browser tag
 * still needs the shopper's choice, and so does a site that names a tool.
 * @param tagCount the number of browser tags that the pixel drives.
 */
export function readsConsentTools({ consent, capture }: Pick<Site, 'consent' | 'capture'>, tagCount: number): boolean {
  return consent.policy !== 'granted' || tagCount > 0 || capture?.consentTool !== undefined;
}
