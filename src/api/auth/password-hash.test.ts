import { describe, expect, it } from 'vitest';
import { QueueFullError } from '../http/task-queue.ts';
import { createPasswordHasher } from './password-hash.ts';

const cheap = { logN: 10, r: 8, p: 1 };
const secret = 'correct horse battery';

describe('a password', () => {
  it('matches its hash, which does not contain it and differs each time', async () => {
    const { hash, check } = createPasswordHasher(cheap);
    const [one, other] = await Promise.all([hash(secret), hash(secret)]);
    expect(one).toMatch(/^scrypt\$10\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
    expect(one).not.toContain(secret);
    expect(await check(secret, one)).toEqual({ right: true, isOutdated: false });
    for (const wrong of ['', 'correct horse batter', `${secret} `, secret.toUpperCase()])
      expect(await check(wrong, one), wrong).toEqual({ right: false });
  });

  it('is normalised, and not truncated', async () => {
    const { hash, check } = createPasswordHasher(cheap);
    const stored = await hash(`caf\u00e9 ${'x'.repeat(200)}`);
    expect(await check(`cafe\u0301 ${'x'.repeat(200)}`, stored)).toMatchObject({ right: true });
    expect(await check(`caf\u00e9 ${'x'.repeat(199)}`, stored)).toEqual({ right: false });
  });

  it('matches a hash with a lower cost, which is reported as outdated', async () => {
    const stored = await createPasswordHasher({ logN: 8, r: 8, p: 1 }).hash(secret);
    expect(await createPasswordHasher(cheap).check(secret, stored)).toEqual({ right: true, isOutdated: true });
    expect(await createPasswordHasher({ logN: 7, r: 8, p: 1 }).check(secret, stored)).toEqual({ right: true, isOutdated: false });
  });

  it('takes the same time to check without an account', async () => {
    const { check } = createPasswordHasher({ logN: 14, r: 8, p: 1 });
    const before = process.cpuUsage();
    expect(await check(secret, undefined)).toEqual({ right: false });
    const { user, system } = process.cpuUsage(before);
    expect(user + system).toBeGreaterThan(5_000);
  });

  it('is hashed with the cost that OWASP recommends', async () => {
    const { hash, check } = createPasswordHasher();
    const stored = await hash(secret);
    expect(stored).toMatch(/^scrypt\$17\$8\$1\$/);
    expect(await check(secret, stored)).toEqual({ right: true, isOutdated: false });
  });

  it('waits in a queue, and is rejected if the queue is full', async () => {
    const { hash } = createPasswordHasher(cheap);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => hash(secret)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
    for (const one of results) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(QueueFullError);
    expect(await hash(secret)).toMatch(/^scrypt/);
  });

  it.each(['', 'scrypt$17$8$1$short$short', 'bcrypt$1$2$3$4$5', 'scrypt$999$8$1$a$b'])(
    'does not match a damaged hash: %j',
    async (stored) => {
      await expect(createPasswordHasher(cheap).check(secret, stored)).rejects.toThrow('cannot be read');
    },
  );
});
