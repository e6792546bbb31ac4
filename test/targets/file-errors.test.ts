import { constants } from 'node:os';
import { BackupError } from '../../model/errors';
import { fileError, onDisk } from '../../targets/file-errors';

const systemError = (code: string) =>
  Object.assign(new Error(`${code}: as the system says`), { code, syscall: 'write' });

describe('errors of a disk', () => {
  it.each([
    ['full', ['ENOSPC', 'EDQUOT', 'EFBIG']],
    ['denied', ['EACCES', 'EPERM', 'EROFS']],
    ['unavailable', ['EIO', 'ESTALE', 'ETIMEDOUT', 'EMFILE', 'ENODEV', 'ESOMETHINGNEW']],
    ['conflict', ['EISDIR', 'ENOTDIR']],
    ['invalid', ['ENAMETOOLONG', 'EILSEQ']],
  ])('become %s', async (kind, codes) => {
    for (const code of codes) {
      const cause = systemError(code);
      const outcome = await onDisk('store x', Promise.reject(cause)).catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(BackupError);
      expect(outcome).toMatchObject({ kind, cause, context: { code, hint: expect.any(String) } });
      expect(String(outcome)).toMatch(`could not store x: ${code} HINT: `);
    }
  });

  it('are known also where Node has no name for them', () => {
    const errno = -constants.errno.EDQUOT;
    const nameless = Object.assign(new Error('write'), {
      code: `Unknown system error ${errno}`,
      errno,
      syscall: 'write',
    });
    expect(fileError('store x', nameless)).toMatchObject({ kind: 'full', context: { code: 'EDQUOT' } });
  });

  it('leave alone what is no error of the system', () => {
    const own = new BackupError('cancelled', 'stopped');
    expect(fileError('store x', own)).toBe(own);
    const nodes = Object.assign(new Error('a bug'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(fileError('store x', nodes)).toBe(nodes);
  });
});
