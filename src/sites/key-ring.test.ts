import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newKeyText, readKey } from '../config/master-key.ts';
import { ConveyError } from '../errors.ts';
import { findKeyFileRisk, openKeyRing } from './key-ring.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-keys-'));
  file = join(dir, 'secrets.key');
});
afterEach(() => rmSync(dir, { recursive: true }));

function createSecretsKey() {
  const key = readKey(newKeyText());
  if (!key) throw new Error('a new key can be read');
  return key;
}

describe('the key ring', () => {
  it('creates a key on first use, readable only for its owner, and keeps it after a restart', () => {
    const keyRing = openKeyRing(file, {});
    expect(existsSync(file)).toBe(false);
    const { id } = keyRing.present();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openKeyRing(file, {}).present().id).toBe(id);
    expect(openKeyRing(file, {}).find(id)?.id).toBe(id);
    expect(keyRing.source).toBe('file');
  });

  it('keeps the earlier key during a rotation, even after a restart, and removes it at the end', () => {
    const keyRing = openKeyRing(file, {});
    const before = keyRing.present().id;
    const after = keyRing.renew().id;
    expect(after).not.toBe(before);
    const restarted = openKeyRing(file, {});
    expect(restarted.isChanging).toBe(true);
    expect(restarted.present().id).toBe(after);
    expect(restarted.find(before)?.id).toBe(before);
    restarted.settle();
    expect(restarted.isChanging).toBe(false);
    expect(restarted.find(before)).toBeUndefined();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('encrypts with the key of the environment and still finds those of the file', () => {
    const ofFile = openKeyRing(file, {}).present().id;
    const present = createSecretsKey();
    const keyRing = openKeyRing(file, { present });
    expect(keyRing.source).toBe('environment');
    expect(keyRing.present().id).toBe(present.id);
    expect(keyRing.find(ofFile)?.id).toBe(ofFile);
    expect(() => keyRing.renew()).toThrow();
    keyRing.settle();
    expect(openKeyRing(file, {}).present().id).toBe(ofFile);
  });

  it('finds the old key of the environment', () => {
    const [present, old] = [createSecretsKey(), createSecretsKey()];
    const keyRing = openKeyRing(file, { present, old });
    expect(keyRing.isChanging).toBe(true);
    expect(keyRing.find(old.id)?.id).toBe(old.id);
    expect(existsSync(file)).toBe(false);
    expect(openKeyRing(file, { present }).isChanging).toBe(false);
  });

  it.each(['', 'something else', `${'ab'.repeat(32)}\nand something else`])(
    'never writes over a file that holds something else: %j',
    (text) => {
      writeFileSync(file, text);
      const keyRing = openKeyRing(file, {});
      expect(() => keyRing.present()).toThrow(ConveyError);
      expect(() => keyRing.renew()).toThrow(ConveyError);
      expect(keyRing.find('anything')).toBeUndefined();
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('writes a private file even if an earlier attempt left one', () => {
    writeFileSync(`${file}.new`, 'left', { mode: 0o644 });
    openKeyRing(file, {}).present();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, /has mode 0640.*Run `chmod 600 '.*secrets\.key'`$/],
    [0o604, /has mode 0604/],
    [0o644, /has mode 0644/],
    [0o620, /has mode 0620/],
  ])('warns if other users may read the file: mode %o', (mode, risk) => {
    const keyRing = openKeyRing(file, {});
    expect(keyRing.risk).toBeUndefined();
    keyRing.present();
    chmodSync(file, mode);
    if (risk) expect(openKeyRing(file, {}).risk).toMatch(risk);
    else expect(openKeyRing(file, {}).risk).toBeUndefined();
  });

  it('warns if the file belongs to another user', () => {
    openKeyRing(file, {}).present();
    if (process.getuid?.() === 0) chownSync(file, 1_001, 1_001); // A file of the superuser is no risk.
    const owner = statSync(file).uid;
    const other = owner + 1;
    expect(findKeyFileRisk(file, other)).toMatch(/belongs to another user.*Run `chown \d+ '.*secrets\.key'`$/);
    expect(findKeyFileRisk(file, owner)).toBeUndefined();
    expect(findKeyFileRisk(join(dir, 'absent'), other)).toBeUndefined();
  });

  it('reports the file that it could not write', () => {
    expect(() => openKeyRing(join(dir, 'no', 'folder', 'secrets.key'), {}).present()).toThrow(/no\/folder\/secrets\.key/);
    chmodSync(dir, 0o700);
  });
});
