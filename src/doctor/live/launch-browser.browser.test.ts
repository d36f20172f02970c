import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserEnvironment, launchBrowser } from './launch-browser.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-launch-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe('the browser', () => {
  it('gets paths and the language from the environment, and nothing else', () => {
    const passed = { PATH: '/bin', HOME: '/root', LANG: 'C', LC_ALL: 'C', TMPDIR: '/tmp', XDG_CACHE_HOME: '/c' };
    const fonts = { FONTCONFIG_PATH: '/f', LD_LIBRARY_PATH: '/l' };
    const secrets = {
      CONVEY_SECRET_KEY: 'sk_',
      MICROSOFT_CAPI_TOKEN: 't',
      PATH_TOKEN: 't',
      NODE_OPTIONS: '--x',
      HTTPS_PROXY: 'u:p',
    };
    expect(browserEnvironment({ ...secrets, ...passed, ...fonts, LC_TIME: undefined })).toEqual({ ...passed, ...fonts });
  });

  it.runIf(process.platform === 'linux')('is all that its processes have', async () => {
    vi.stubEnv('CONVEY_SECRET_KEY', 'sk_canary');
    vi.stubEnv('LC_TIME', 'C');
    // The worker may have the browser of other tests.
    const earlier = new Set(listChildren(process.pid));
    const { browser } = await launchBrowser({ trustedKeys: [] });
    try {
      const launched = listChildren(process.pid).filter((pid) => !earlier.has(pid));
      const [own, ...others] = launched
        .flatMap((pid) => [pid, ...listDescendants(pid)])
        .map(readVariableNames)
        .filter((names) => names !== undefined);
      expect(own).toContain('LC_TIME');
      for (const name of own ?? [])
        expect(name).toMatch(/^(PATH|HOME|LANG|LC_\w+|TMPDIR|TEMP|TMP|FONTCONFIG_\w+|XDG_\w+|LD_LIBRARY_PATH)$/);
      expect(others.length).toBeGreaterThan(0);
      for (const names of others) expect(names).not.toContain('CONVEY_SECRET_KEY');
    } finally {
      await browser.close();
    }
  });
});

const listChildren = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && getParent(name) === pid)
    .map(Number);

/** Returns all child processes of a process, recursively, parents first. */
const listDescendants = (pid: number): readonly number[] =>
  listChildren(pid).flatMap((child) => [child, ...listDescendants(child)]);

/** Returns the parent's pid, or undefined if the process has ended. */
const getParent = (pid: string): number | undefined => {
  const parent = /\) \S (\d+)/.exec(readProcessFile(pid, 'stat') ?? '')?.[1];
  return parent === undefined ? undefined : Number(parent);
};

/** Returns the names of a process's environment variables, or undefined if the process has ended. */
const readVariableNames = (pid: number): readonly string[] | undefined =>
  readProcessFile(pid, 'environ')
    ?.split('\0')
    .filter(Boolean)
    .map((line) => line.slice(0, line.indexOf('=')));

/** Returns a file of `/proc/PID`, or undefined if the process has ended: Chromium has processes that live for milliseconds. */
function readProcessFile(pid: number | string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

describe.runIf(process.platform !== 'win32')('a browser that does not start', () => {
  /** Launches a replacement for Chromium that prints a message and exits. */
  const launchOne = async (message: string) => {
    const path = join(dir, 'chromium');
    writeFileSync(path, `#!/bin/sh\necho "$*" >> '${dir}/started'\necho '${message}' >&2\nexit 1\n`, { mode: 0o755 });
    await expect(launchBrowser({ path, trustedKeys: [] })).rejects.toThrow('Chromium does not start');
    const starts = readFileSync(join(dir, 'started'), 'utf8').trim().split('\n');
    return starts.map((flags) => flags.includes('--no-sandbox'));
  };

  it('starts again without its sandbox when the sandbox fails', async () => {
    expect(await launchOne('FATAL:zygote_host_impl_linux.cc] No usable sandbox! See the documentation.')).toEqual([false, true]);
    rmSync(join(dir, 'started'));
    expect(await launchOne('Failed to move to new namespace: Operation not permitted')).toEqual([false, true]);
  });

  it('keeps its sandbox when another error occurs', async () => {
    expect(await launchOne('error while loading shared libraries: libnss3.so')).toEqual([false]);
  });
});
