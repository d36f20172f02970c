import { existsSync } from 'node:fs';
import { z } from 'zod';

/** The browsers in which tests run. Chromium comes from npm, the others are packages of Debian 13. */

export const otherEngines = ['firefox', 'webkit'] as const;
export type OtherEngine = (typeof otherEngines)[number];

/** The engine of this run, which `npm run test:engines` sets. */
export const engine = z.enum(['chromium', ...otherEngines]).parse(process.env.CONVEY_TEST_ENGINE ?? 'chromium');

export const programs = {
  firefox: '/usr/bin/firefox-esr',
  webDriver: '/usr/bin/WebKitWebDriver',
  miniBrowser: `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`,
  xvfb: '/usr/bin/Xvfb',
};

const required: Readonly<Record<OtherEngine, readonly string[]>> = {
  firefox: [programs.firefox],
  webkit: [programs.webDriver, programs.miniBrowser, programs.xvfb],
};

/** Returns the names of the engine's programs that this machine does not have. */
export function listMissingPrograms(name: OtherEngine): readonly string[] {
  return required[name].filter((path) => !existsSync(path)).map((path) => path.slice(path.lastIndexOf('/') + 1));
}
