/** Forms of other services whose signals are known. */
export const embedNames = ['calendly', 'hubspot', 'tally', 'typeform', 'contact-form-7'] as const;
export type EmbedName = (typeof embedNames)[number];

/** Whether clicks on `tel:` and `mailto:` links are reported. */
export const contactModes = ['off', 'on'] as const;

/** The fields of a person that a form may have. */
export const personFields = ['email', 'phone', 'firstName', 'lastName', 'street', 'city', 'state', 'zip', 'country'] as const;
export type PersonField = (typeof personFields)[number];

/** `preview`: nothing is reported, and an open debugger shows which fields would be. */
export const formModes = ['off', 'preview', 'on'] as const;

/** The most forms of a site. */
export const maxForms = 16;

/** The sign that a form was accepted, of which a form has one. */
export interface FormSuccess {
  /** The address of the page after it, from the path on. `*` stands for any text. */
  readonly url?: string;
  /** An element that appears. */
  readonly selector?: string;
  /** A service of `embeds`. */
  readonly embed?: EmbedName;
}

/** A form whose submit is an event. */
export interface FormCapture {
  readonly mode: (typeof formModes)[number];
  readonly selector: string;
  readonly event: string;
  /** The selectors of fields. The others are found by their autocomplete token. */
  readonly fields: Partial<Readonly<Record<PersonField, string>>>;
  /** Absent: each submit is an event. */
  readonly success?: FormSuccess;
}

/** What the pixel reads of a shopper's first contact with the shop. */
export interface LeadCapture {
  /** The forms of the shop's own that are events. */
  readonly forms?: readonly FormCapture[];
  /** The services whose forms are a `Lead` when they are completed. */
  readonly embeds?: readonly EmbedName[];
  /** `on`: a click on a `tel:` or `mailto:` link is a `Contact`, without the address of the link. Absent: `off`. */
  readonly contact?: (typeof contactModes)[number];
}
