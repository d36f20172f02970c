import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** The command that opens a URL in the default browser, by `process.platform`. */
const openers: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  linux: ['xdg-open'],
};

/** An opener that fails does so within this time. One that succeeds may run as long as the browser. */
const failsWithinMs = 1_500;

/** The machine on which a browser may be opened. */
export interface BrowserHost {
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Returns whether a browser on this machine can show a page to the person at the terminal. */
export function hasBrowser({ platform, env }: BrowserHost): boolean {
  if (env.SSH_CONNECTION || env.CI || openers[platform] === undefined) return false;
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Opens a URL in the default browser. Returns false if there is none. */
export async function openBrowser(url: string, host: BrowserHost = process): Promise<boolean> {
  const opener = openers[host.platform];
  if (opener === undefined || !hasBrowser(host)) return false;
  const [command, ...args] = opener;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.unref();
  const ended = once(child, 'exit').then(
    ([code]) => code === 0,
    () => false,
  );
  return Promise.race([ended, sleep(failsWithinMs, true, { ref: false })]);
}
