import { describe } from 'vitest';
import { describePersonalData } from './personal-data.suite.ts';
import { createTestDatabase, hasPostgres } from './postgres.fixture.ts';

describe.skipIf(!hasPostgres)('personal data in every field of a report, on PostgreSQL,', () =>
  describePersonalData(createTestDatabase),
);
