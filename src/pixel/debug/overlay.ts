import type { PixelSettings } from '../../event/pixel-settings.ts';
import type { Commands } from '../commands.ts';
import type { ConsentManager } from '../consent.ts';
import { createPanel } from './overlay-panel.ts';
import { forgetPageSession, takePageSession } from './page-session.ts';
import { watchCalls } from './watch-calls.ts';
import { createLayerWatch } from './watch-layers.ts';
import { describeConsent, watchRequests } from './watch-requests.ts';

const lookEveryMs = 500;
const checkEveryMs = 30_000;
const address = new URL('e', /* @vite-ignore */ import.meta.url).href;
/** Read before the pixel starts and reads the page's address. */
const credential = takePageSession();

/**
 * Shows the tab of a session of the dashboard what the pixel does on the page: an overlay that only looks. Without an open session it shows
 * nothing. It reports no event, and changes none.
 */
export function showOverlay(commands: Commands, { dataLayer, writeKey }: PixelSettings, consent: ConsentManager): void {
  if (!credential) return;
  const { fetch: send } = window;
  const timers = [setInterval(look, lookEveryMs), setInterval(check, checkEveryMs)];
  const end = () => {
    timers.forEach(clearInterval);
    forgetPageSession();
    panel.remove();
  };
  const panel = createPanel(end);
  const reported: unknown[] = [];
  const lookAtLayers = dataLayer && createLayerWatch(panel, dataLayer, reported);
  watchRequests(panel, address);
  watchCalls(panel, commands, (name) => reported.push(name));

  function look(): void {
    lookAtLayers?.();
    const state = consent.state();
    const isWaiting = state === 'waiting';
    const text = isWaiting
      ? 'waiting, nothing is sent before a choice'
      : describeConsent({ ...consent.statement(), adStorage: state });
    panel.describe(`Consent: ${text}`);
  }
  async function check(): Promise<void> {
    try {
      const response = await send(address, { method: 'POST', body: JSON.stringify({ writeKey, debug: credential, seen: [] }) });
      const { open } = await response.json();
      if (open) panel.show();
      else end();
    } catch {} // the next check asks again
  }
  void check();
}
