import type { Commands } from '../commands.ts';
import type { DebugRows } from './overlay-panel.ts';

/** The command that reports an event. A part of the pixel may replace it. */
interface OpenCommands {
  track(...input: readonly unknown[]): unknown;
}

/**
 * Shows the events that the page and the readers of the page report, before they are sent. A call has the same result as without it.
 * @param onTrack called with the name of each event.
 */
export function watchCalls(rows: DebugRows, commands: Commands, onTrack: (name: unknown) => void): void {
  const open: OpenCommands = Object(commands);
  const { track } = open;
  const known = new Set<string>();
  open.track = (...input) => {
    const [name] = input;
    try {
      const id = String(track(...input));
      if (known.has(id)) rows.add(name, 'Repeated', { Reason: 'the id is known, so it counts once' });
      // An urgent event was sent meanwhile.
      else if (!rows.find(id)) rows.add(name, 'Waiting', {}, id);
      known.add(id);
      onTrack(name);
      return id;
    } catch (error) {
      rows.add(name, 'Not reported', { Reason: 'the call is unreadable' });
      throw error;
    }
  };
}
