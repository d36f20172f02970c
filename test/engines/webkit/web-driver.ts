import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { findFreePort } from '../../../scripts/free-port.ts';
import { fileCleanups } from '../../setup/file-cleanups.ts';
import { programs } from '../engine.ts';

/** A session of WebKitGTK's MiniBrowser by WebDriver, on a screen of its own. */

export interface WebDriver {
  /** Sends a command of the session, such as `POST`, `/url`. Returns its value. @throws with the error of the driver. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  close(): Promise<void>;
}

let screen: Promise<string> | undefined;

/** Starts the screen of the test file, and returns its name. */
export function getScreen(): Promise<string> {
  screen ??= (async () => {
    const args = ['-displayfd', '3', '-screen', '0', '2560x1600x24', '-nolisten', 'tcp'];
    const process_ = spawn(programs.xvfb, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const stop = () => {
      process_.kill();
      screen = undefined;
      fileCleanups.delete(stop);
    };
    // After the browsers, which are closed first.
    fileCleanups.add(stop);
    const pipe = process_.stdio[3];
    if (!pipe || !('on' in pipe)) throw new Error('Xvfb has no pipe');
    const [number] = await once(pipe, 'data');
    return `:${String(number).trim()}`;
  })();
  return screen;
}

const answerSchema = z.object({ value: z.unknown() });
const errorSchema = z.object({ error: z.string(), message: z.string() });
const sessionSchema = z.object({ sessionId: z.string() });

/** Opens a session whose requests go through a proxy of this machine. */
export async function openWebDriver(proxyPort: number): Promise<WebDriver> {
  const port = await findFreePort();
  const env = { ...process.env, DISPLAY: await getScreen(), LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1' };
  const driver = spawn(programs.webDriver, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' });
  const kill = () => driver.kill();
  process.once('exit', kill);
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = answerSchema.parse(await response.json());
    if (response.ok) return value;
    const { error, message } = errorSchema.parse(value);
    throw new Error(`WebKit: ${method} ${path.replace(/^\/session\/[^/]+/, '')}: ${error}: ${message}`);
  };
  const browser = { binary: programs.miniBrowser, args: ['--automation'] };
  const proxy = { proxyType: 'manual', httpProxy: `127.0.0.1:${proxyPort}` };
  const capabilities = { alwaysMatch: { pageLoadStrategy: 'none', 'webkitgtk:browserOptions': browser, proxy } };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/status`).then((response) => response.text());
      break;
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    }
  }
  const { sessionId } = sessionSchema.parse(await send('POST', '/session', { capabilities }));
  return {
    call: (method, path, body) => send(method, `/session/${sessionId}${path}`, method === 'POST' ? (body ?? {}) : undefined),
    async close() {
      await send('DELETE', `/session/${sessionId}`).catch(() => {});
      const ended = once(driver, 'exit');
      kill();
      await ended;
      process.off('exit', kill);
    },
  };
}
