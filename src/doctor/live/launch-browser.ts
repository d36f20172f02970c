import type { Browser } from 'playwright-core';
import { ConveyError, errorMessage } from '../../errors.ts';
import { browserEnvironment } from './browser-environment.ts';

/** Where a browser is, or that the one from npm is meant. */
export interface BrowserChoice {
  /** An installed Chromium or Chrome. Without it: that of `@sparticuz/chromium`. */
  readonly path?: string | undefined;
  /** Public keys that it trusts, as Base64 of their SHA-256: those of certificates that this machine trusts already. */
  readonly trustedKeys: readonly string[];
}

/** A browser that runs. */
export interface Launched {
  readonly browser: Browser;
  /** Whether what a page does is held in Chromium's sandbox. */
  readonly isSandboxed: boolean;
}

const install = 'npm install playwright-core @sparticuz/chromium';
const remedy = `Run \`${install}\` beside Convey, or \`npm install playwright-core\` and name an installed Chromium or Chrome with --browser PATH or CHROME_PATH`;
const launchTimeoutMs = 30_000;
/** What Chromium, or its driver for it, says where the machine does not let it make its sandbox: as root, and in most containers. */
const noSandbox =
  /Chromium sandboxing failed|No usable sandbox|Running as root without --no-sandbox|Failed to move to new namespace|SUID sandbox helper/;

/**
 * Chromium without a window. Neither it nor what drives it comes with Convey: most machines that run a gateway need none.
 * @throws ConveyError where one of the two is missing, or it does not start; with the command that mends it.
 */
export async function launchBrowser({ path, trustedKeys }: BrowserChoice): Promise<Launched> {
  const driver = await found('playwright-core', async () => (await import('playwright-core')).chromium);
  const executablePath =
    path ?? (await found('@sparticuz/chromium', async () => (await import('@sparticuz/chromium')).default.executablePath()));
  const trusting = trustedKeys.length > 0 ? [`--ignore-certificate-errors-spki-list=${trustedKeys.join(',')}`] : [];
  // Read now: the package of the browser may have added where its libraries and fonts are.
  const env = browserEnvironment(process.env);
  const launch = async (isSandboxed: boolean): Promise<Launched> => {
    const browser = await driver.launch({
      executablePath,
      timeout: launchTimeoutMs,
      chromiumSandbox: isSandboxed,
      env,
      args: ['--disable-gpu', '--disable-quic', ...trusting],
    });
    return { browser, isSandboxed };
  };
  const failed = (error: unknown): never => {
    const [why = ''] = errorMessage(error).split('\n');
    throw new ConveyError(`Chromium does not start: ${why}`, `See that ${executablePath} runs on this machine. ${remedy}`);
  };
  return launch(true).catch((error: unknown) =>
    noSandbox.test(errorMessage(error)) ? launch(false).catch(failed) : failed(error),
  );
}

async function found<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    throw new ConveyError(
      isMissing ? `--live needs ${name}, which is not installed` : `${name} cannot be used: ${errorMessage(error)}`,
      remedy,
    );
  }
}
