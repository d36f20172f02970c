/** The codes of the issues about a browser's denial that counts for a shop's event. They stay with the event, however it ends. */
export const denialCodes: ReadonlySet<string> = new Set(['consent-differs', 'denied-by-browser']);
