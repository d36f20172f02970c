import type { FormSettings } from '../event/pixel-settings.ts';
import type { Fields } from './browser-report.ts';

/** The command that reports an event. A reader of the page replaces it, so that it knows what the page reports itself. */
export interface TrackCommand {
  /** @param form the form whose submit is reported, for the reader that waits for its success. */
  track(name: string, given?: Fields | null, form?: FormSettings): unknown;
}

/** Returns how a report was read from the page. Undefined: the page itself made it. */
export function getCapture(given: Fields | null | undefined): unknown {
  return Object(given?.properties).capture;
}

/**
 * Starts to watch the events that the page itself reports. Returns whether it has reported one of the names, in lower case, since it has its
 * present address: such an event is not reported a second time.
 */
export function watchOwnReports(commands: TrackCommand): (names: readonly string[]) => boolean {
  const own: string[] = [];
  const locate = (name: string) => name.toLowerCase() + location.href;
  const { track } = commands;
  commands.track = (name, given, form) => {
    if (!getCapture(given)) own.push(locate(name));
    return track(name, given, form);
  };
  return (names) => names.some((name) => own.includes(locate(name)));
}
