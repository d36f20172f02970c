import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { newKeyText, readKey, type SecretsKey } from '../config/master-key.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { findKeyFileRisk } from './key-file-risk.ts';

/** The keys that secrets are sealed under: the present one, and those before it that something may still be sealed under. */
export interface KeyRing {
  /** `environment`: Convey cannot change the key. */
  readonly source: 'environment' | 'file';
  find(id: string): SecretsKey | undefined;
  /** What seals from now on; made where there is none yet. @throws ConveyError where the file cannot be read or written. */
  present(): SecretsKey;
  /** A new present key. Those before it stay readable, across restarts too. Only of a file. @throws ConveyError */
  renew(): SecretsKey;
  /** Forgets every key but the present one, once nothing is sealed under them. */
  settle(): void;
  /** Whether there are keys before the present one. */
  readonly isChanging: boolean;
  /** Why the file cannot be read, though it is there. */
  readonly problem: string | undefined;
  /** Why other users of the machine may read the file, and the command that ends it. */
  readonly risk: string | undefined;
}

/**
 * Reads the keys of the environment, and those of the file: one a line, the present one first. A file that is there counts beside the
 * environment's, so that a key may move from the one to the other.
 */
export function openKeyRing(file: string, given: { readonly present?: SecretsKey; readonly old?: SecretsKey }): KeyRing {
  let ofFile = readKeys(file);
  const others = () => [...(given.old ? [given.old] : []), ...('keys' in ofFile ? ofFile.keys.map(({ key }) => key) : [])];
  /** @throws ConveyError */
  const keep = (texts: readonly string[]) => {
    writeKeys(file, texts);
    ofFile = readKeys(file);
  };
  /** @throws ConveyError */
  const keysOfFile = () => {
    if ('problem' in ofFile) throw new ConveyError(`The key for secrets cannot be read: ${ofFile.problem}`, `Mend ${file}`);
    return ofFile.keys;
  };
  const present = (): SecretsKey => {
    if (given.present) return given.present;
    const [first] = keysOfFile();
    if (first) return first.key;
    keep([newKeyText()]);
    return present();
  };
  return {
    source: given.present ? 'environment' : 'file',
    find: (id) => [...(given.present ? [given.present] : []), ...others()].find((key) => key.id === id),
    present,
    renew() {
      if (given.present) throw new Error('the environment holds the key, and only who starts Convey can change it');
      keep([newKeyText(), ...keysOfFile().map(({ text }) => text)]);
      return present();
    },
    settle() {
      if (!given.present && keysOfFile().length > 1)
        keep(
          keysOfFile()
            .slice(0, 1)
            .map(({ text }) => text),
        );
    },
    get isChanging() {
      return given.present ? others().length > 0 : others().length > 1;
    },
    get problem() {
      return 'problem' in ofFile ? ofFile.problem : undefined;
    },
    get risk() {
      return findKeyFileRisk(file);
    },
  };
}

type Keys = { readonly keys: readonly { readonly text: string; readonly key: SecretsKey }[] } | { readonly problem: string };

function readKeys(file: string): Keys {
  let lines: readonly string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? { keys: [] } : { problem: errorMessage(error) };
  }
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '');
  const keys = texts.flatMap((text) => {
    const key = readKey(text);
    return key ? [{ text, key }] : [];
  });
  if (keys.length === 0 || keys.length < texts.length) return { problem: `${file} holds something else than keys` };
  return { keys };
}

/** Whole or not at all, and on the disk before it counts. @throws ConveyError */
function writeKeys(file: string, texts: readonly string[]): void {
  const draft = `${file}.new`;
  try {
    rmSync(draft, { force: true }); // whatever was there would keep its own mode
    const handle = openSync(draft, 'wx', 0o600);
    try {
      writeSync(handle, texts.map((text) => `${text}\n`).join(''));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw new ConveyError(`The key for secrets cannot be kept: ${errorMessage(error)}`, `See that Convey may write ${file}`);
  }
}
