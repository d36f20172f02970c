/** Forms of other services whose signals are known. */
export const embedNames = ['calendly', 'hubspot', 'tally', 'typeform', 'contact-form-7'] as const;
export type EmbedName = (typeof embedNames)[number];

/** Whether clicks on `tel:` and `mailto:` links are reported. */
export const contactModes = ['off', 'on'] as const;

/** What the pixel reads of a shopper's first contact with the shop. */
export interface LeadCapture {
  /** The services whose forms are a `Lead` when they are completed. */
  readonly embeds?: readonly EmbedName[];
  /** `on`: a click on a `tel:` or `mailto:` link is a `Contact`, without the address of the link. Absent: `off`. */
  readonly contact?: (typeof contactModes)[number];
}
