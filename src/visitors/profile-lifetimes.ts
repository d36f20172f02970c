import { dayMs } from '../event/units.ts';

/** The lifetime of a click id: the platforms' longest conversion window. */
export const clickIdMaxAgeMs = 90 * dayMs;

/** The lifetime of a visitor's address and agent. */
export const clientMaxAgeMs = 8 * dayMs;

/** The wait for a browser's grant before the data from before a denial by Global Privacy Control is dropped: browsers keep reports for a day. */
export const gpcGrantWaitMs = dayMs;
