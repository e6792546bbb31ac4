import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyOf } from '../../targets/conformance/tools';
import { openLocalDir, usedBytes } from '../../targets/local-dir';
import { temporaryFolder } from './folders';
import { itWithMounts, runWithSmallDisk } from './mounts';

describe('usedBytes', () => {
  it('sums up the files at any depth, unfinished ones too', async () => {
    const root = temporaryFolder();
    expect(await usedBytes(root)).toBe(0);
    await openLocalDir({ root }).put('1/nn/archive', bodyOf('x'.repeat(1000)));
    await writeFile(join(root, '1/.cairn-part-left'), 'x'.repeat(20));
    await writeFile(join(root, 'note'), 'abc');
    expect(await usedBytes(root)).toBe(1023);
  });

  it('does not follow symbolic links, but for the root', async () => {
    const [root, outside] = [temporaryFolder(), temporaryFolder()];
    await writeFile(join(outside, 'large'), 'x'.repeat(5000));
    await symlink(outside, join(root, 'folder'));
    await symlink(join(outside, 'large'), join(root, 'file'));
    expect(await usedBytes(root)).toBe(0);
    expect(await usedBytes(join(root, 'folder'))).toBe(5000);
  });

  it('is unavailable, not 0, where the folder is absent', async () => {
    await expect(usedBytes(join(temporaryFolder(), 'absent'))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  itWithMounts('does not count what is mounted below', async () => {
    const root = temporaryFolder();
    await mkdir(join(root, 'nas'));
    await writeFile(join(root, 'own'), 'x'.repeat(70));
    const printed = await runWithSmallDisk(
      join(root, 'nas'),
      `require('node:fs').writeFileSync(${JSON.stringify(join(root, 'nas/shared'))}, 'x'.repeat(500));
       const { usedBytes } = require('./targets/local-dir.ts');
       const folders = ${JSON.stringify([root, join(root, 'nas')])};
       Promise.all(folders.map(usedBytes)).then((bytes) => console.log(bytes.join(' ')));`,
    );
    expect(printed).toBe('70 500\n');
  });
});
