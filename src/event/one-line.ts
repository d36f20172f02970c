/** Matches text without control characters and line separators: a name of one line, which no message, mail or log can read as two. */
export const oneLine = /^[^\p{Cc}\u2028\u2029]*$/u;
