import { describe, expect, it } from 'vitest';
import { createPasswordHasher, PasswordQueueFullError } from './password-hash.ts';

const cheap = { logN: 10, r: 8, p: 1 };
const secret = 'correct horse battery';

describe('a password', () => {
  it('is known again by its stretched form, which does not hold it and is never the same twice', async () => {
    const { hash, check } = createPasswordHasher(cheap);
    const [one, other] = await Promise.all([hash(secret), hash(secret)]);
    expect(one).toMatch(/^scrypt\$10\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain(secret);
    expect(await check(secret, one)).toEqual({ right: true, isOutdated: false });
    for (const wrong of ['', 'correct horse batter', `${secret} `, secret.toUpperCase()])
      expect(await check(wrong, one), wrong).toEqual({ right: false });
  });

  it('is the same however the keyboard composes its letters, and is not cut off', async () => {
    const { hash, check } = createPasswordHasher(cheap);
    const stored = await hash(`caf\u00e9 ${'x'.repeat(200)}`);
    expect(await check(`cafe\u0301 ${'x'.repeat(200)}`, stored)).toMatchObject({ right: true });
    expect(await check(`caf\u00e9 ${'x'.repeat(199)}`, stored)).toEqual({ right: false });
  });

  it('that was stretched for less still counts, and is said to be outdated', async () => {
    const stored = await createPasswordHasher({ logN: 8, r: 8, p: 1 }).hash(secret);
    expect(await createPasswordHasher(cheap).check(secret, stored)).toEqual({ right: true, isOutdated: true });
    expect(await createPasswordHasher({ logN: 7, r: 8, p: 1 }).check(secret, stored)).toEqual({ right: true, isOutdated: false });
  });

  it('is stretched as long for an account that is not there', async () => {
    const { check } = createPasswordHasher({ logN: 14, r: 8, p: 1 });
    const before = process.cpuUsage();
    expect(await check(secret, undefined)).toEqual({ right: false });
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeGreaterThan(5_000);
  });

  it('is stretched by the cost that OWASP asks for', async () => {
    const { hash, check } = createPasswordHasher();
    const stored = await hash(secret);
    expect(stored).toMatch(/^scrypt\$17\$8\$1\$/);
    expect(await check(secret, stored)).toEqual({ right: true, isOutdated: false });
  });

  it('waits for its turn, and is refused where too many wait', async () => {
    const { hash } = createPasswordHasher(cheap);
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => hash(secret)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    for (const one of asked) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(PasswordQueueFullError);
    expect(await hash(secret)).toMatch(/^scrypt/);
  });

  it.each(['', 'scrypt$17$8$1$short$short', 'bcrypt$1$2$3$4$5', 'scrypt$999$8$1$a$b'])(
    'whose stored form is damaged is no sign-in: %j',
    async (stored) => {
      await expect(createPasswordHasher(cheap).check(secret, stored)).rejects.toThrow('cannot be read');
    },
  );
});
