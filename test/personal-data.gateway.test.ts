import { describe } from 'vitest';
import { describePersonalData } from './personal-data.suite.ts';

describe('personal data in every field of a report, on SQLite,', () => describePersonalData());
