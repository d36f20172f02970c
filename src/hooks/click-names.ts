/** The click ids that a service carries in fields of their names, such as hidden fields of a form or the metadata of a payment. */
export const clickNames = ['msclkid', 'gclid', 'gbraid', 'wbraid', 'fbclid', 'ttclid', 'epik'] as const;
