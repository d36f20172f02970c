/** The expressions that SQLite and PostgreSQL write differently. The others fit both. */
export interface Dialect {
  /** Returns the parameter of a list of texts. */
  encodeTexts(texts: readonly string[]): unknown;
  /** Returns the condition that a text is in a list. @param list the parameter's name */
  isAmong(text: string, list: string): string;
  /** Returns the table `list` of the texts in a list, with the column `value`. @param list the parameter's name */
  toRows(list: string): string;
  /** Returns the condition that one of the lines of a text is in a list. The text begins and ends with a line break. @param list the parameter's name */
  hasLine(text: string, list: string): string;
  /** Returns the condition that no list of texts is given. @param list the parameter's name */
  isNoList(list: string): string;
  /** Returns the condition that a flag is set, in the form of partial indexes. */
  isTrue(flag: string): string;
  /** Returns the condition that a text matches a pattern, whose escape character is the backslash. A to Z and a to z are equal. */
  isLike(text: string, pattern: string): string;
  /** Returns the hint after a table's name to use an index. PostgreSQL takes none. */
  indexedBy(index: string): string;
  /** Returns the text of a field in JSON. */
  getField(json: string, field: string): string;
  /** Returns the text of a field of the last item of a list in JSON. Null if the list is empty. */
  getLastField(json: string, field: string): string;
}
