import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../api/client.ts';
import { problemsOf } from './problems.ts';

describe('what was refused of an account', () => {
  it('stands beside the field that it is about', () => {
    const issue = (field: string) => ({ field, code: 'parameter-invalid', message: `Mend ${field}.` });
    const error = new ApiError('parameter-invalid', 'Mend it.', [issue('name'), issue('password')]);
    expect(problemsOf(error)).toEqual({ name: 'Mend name.', password: 'Mend password.' });
    expect(problemsOf(new ApiError('account-exists', 'Take another name.'))).toEqual({ name: 'Take another name.' });
  });

  it('stands alone where it is about none', () => {
    const needed = new ApiError('owner-needed', 'There must be an owner.');
    expect(problemsOf(needed)).toEqual({ rest: needed });
    const broken = new Error('broken');
    expect(problemsOf(broken)).toEqual({ rest: broken });
    expect(problemsOf(null)).toEqual({});
  });
});
