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
