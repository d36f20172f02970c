import type { UnixMs } from '../event/units.ts';
