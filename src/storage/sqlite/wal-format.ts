/** The sizes of a write-ahead log's parts. @source https://www.sqlite.org/fileformat2.html (2026-11-25) */
export const walHeadBytes = 32;
export const frameHeadBytes = 24;
