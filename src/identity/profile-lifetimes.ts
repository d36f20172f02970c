import { dayMs } from '../event/units.ts';

/** The lifetime of a click id: the platforms' longest conversion window. */
export const clickIdMaxAgeMs = 90 * dayMs;

/** The lifetime of a visitor's address and agent. */
export const clientMaxAgeMs = 8 * dayMs;
