import type { Browser } from 'playwright-core';
import { ConveyError, errorMessage } from '../../errors.ts';

/** The browser to launch. */
export interface BrowserChoice {
  /** The path of an installed Chromium or Chrome. Defaults to `@sparticuz/chromium`. */
  readonly path?: string | undefined;
  /** The public keys to trust, as Base64 of their SHA-256: those of certificates that this machine already trusts. */
  readonly trustedKeys: readonly string[];
}

/** A running browser. */
export interface LaunchedBrowser {
  readonly browser: Browser;
  /** Whether Chromium's sandbox is on. */
  readonly isSandboxed: boolean;
  readonly close: () => Promise<void>;
}

export type LaunchBrowser = (choice: BrowserChoice) => Promise<LaunchedBrowser>;

const install = 'npm install playwright-core @sparticuz/chromium';
const remedy = `Run \`${install}\` beside Convey, or \`npm install playwright-core\` and set an installed Chromium or Chrome with --browser PATH or CHROME_PATH`;
const launchTimeoutMs = 30_000;
/** The errors of Chromium or its driver if the machine does not allow the sandbox: as root, and in most containers. */
const noSandbox =
  /Chromium sandboxing failed|No usable sandbox|Running as root without --no-sandbox|Failed to move to new namespace|SUID sandbox helper/;

/**
 * Launches Chromium without a window. Convey installs neither the browser nor its driver, because most gateways do not need them.
 * @throws ConveyError with the command to run if one of the two is missing, or if the browser does not start.
 */
export async function launchBrowser({ path, trustedKeys }: BrowserChoice): Promise<LaunchedBrowser> {
  const driver = await loadPackage('playwright-core', async () => (await import('playwright-core')).chromium);
  const executablePath =
    path ??
    (await loadPackage('@sparticuz/chromium', async () => (await import('@sparticuz/chromium')).default.executablePath()));
  const trusting = trustedKeys.length > 0 ? [`--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`] : [];
  // Read after the import: the browser's package may have added the paths of its libraries and fonts.
  const env = browserEnvironment(process.env);
  const launch = async (isSandboxed: boolean): Promise<LaunchedBrowser> => {
    const browser = await driver.launch({
      executablePath,
      timeout: launchTimeoutMs,
      chromiumSandbox: isSandboxed,
      env,
      args: ['--disable-gpu', '--disable-quic', ...trusting],
    });
    return { browser, isSandboxed, close: () => browser.close() };
  };
  const failed = (error: unknown): never => {
    const [why = ''] = errorMessage(error).split('\n');
    throw new ConveyError(`Chromium does not start: ${why}`, `Check that ${executablePath} runs on this machine. ${remedy}`);
  };
  return launch(true).catch((error: unknown) =>
    noSandbox.test(errorMessage(error)) ? launch(false).catch(failed) : failed(error),
  );
}

async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new ConveyError(
      isMissing ? `--live needs ${name}, which is not installed` : `${name} cannot be loaded: ${errorMessage(error)}`,
      remedy,
    );
  }
}

/**
 * The environment variables that a browser needs: paths of programs, home folder, temporary files, fonts and libraries, and the
 * language. Other variables may be secrets and are not passed, because the browser opens untrusted pages.
 */
const passed =
  /^(?:PATH|HOME|LANG|LC_[A-Z]+|TMPDIR|FONTCONFIG_[A-Z]+|XDG_[A-Z_]+|LD_LIBRARY_PATH)$|^(?:SystemRoot|USERPROFILE|LOCALAPPDATA|TEMP|TMP)$/i;

/** Returns the part of an environment that the browser gets. */
export function browserEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && passed.test(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}
