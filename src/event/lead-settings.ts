/** Whether clicks on `tel:` and `mailto:` links are reported. */
export const contactModes = ['off', 'on'] as const;

/** What the pixel reads of a shopper's first contact with the shop. */
export interface LeadCapture {
  /** `on`: a click on a `tel:` or `mailto:` link is a `Contact`, without the address of the link. Absent: `off`. */
  readonly contact?: (typeof contactModes)[number];
}
