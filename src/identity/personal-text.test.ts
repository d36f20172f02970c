import { expect, test } from 'vitest';
import { isPersonalVisitorId } from './personal-text.ts';

test.each([
  'jane@shop.example',
  'user:jane%40shop.example',
  'jane%2540shop.example',
  '+14255550173',
  '+1(425)555-0173',
  '+49-171/1234567',
  'user:+14255550173',
  'whatsapp:+4520123456',
  '%2B14255550173',
  '%252B1-425-555-0173',
  'tel:4255550173',
])('a visitor id like %j is personal', (id) => {
  expect(isPersonalVisitorId(id)).toBe(true);
});

test.each([
  '4255550173',
  '1234567',
  '004915112345678',
  '123-456-7890',
  'GA1.2.1234567890.1795514400',
  'cust+1001',
  '+12',
  '+00000000000',
  'kXw+14255550173ab',
  'abc+14255550173',
  'hotel:4255550173',
  '2f1d9a4e6b0c11efa3d5325096b39f47',
  '0190c2a1-7b3e-7cc1-9f00-0242ac120002',
  '@handle',
])('a visitor id like %j may be a number or a random id', (id) => {
  expect(isPersonalVisitorId(id)).toBe(false);
});
