import type { PixelSettings } from '../event/pixel-settings.ts';
import type { Commands } from './commands.ts';
import type { ConsentManager } from './consent.ts';

/** Starts a part of the pixel that reads the page beside the calls of `convey`. */
export type Capture = (
  commands: Commands,
  settings: PixelSettings,
  consent: ConsentManager,
  script: HTMLScriptElement,
) => unknown;
