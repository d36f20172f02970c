import { z } from 'zod';

/** The browsers in which tests run. */

export const engineNames = ['chromium', 'firefox', 'webkit'] as const;

/** The engine of this run, which `npm run test:engines` sets. */
export const engine = z.enum(engineNames).parse(process.env.CONVEY_TEST_ENGINE ?? 'chromium');

export const firefoxPath = '/usr/bin/firefox-esr';
