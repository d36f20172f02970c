/** The expressions that SQLite and PostgreSQL write differently. The others fit both. */
export interface Dialect {
  /** Returns the parameter of a list of texts. */
  encodeTexts(texts: readonly string[]): unknown;
  /** Returns the condition that a text is in a list. @param list the parameter's name */
  isAmong(text: string, list: string): string;
  /** Returns the text of a field in JSON. */
  getField(json: string, field: string): string;
}
