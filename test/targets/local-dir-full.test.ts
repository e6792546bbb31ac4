import { openLocalDir } from '../../targets/local-dir';
import { bodyOf, read } from '../../targets/conformance/tools';
import { startChild } from './child';
import { everythingIn, temporaryFolder } from './folders';
import { itWithMounts, runWithSmallDisk } from './mounts';

/** Replaces a small object by one of 2 MiB and prints what came of it. */
const putTooMuch = (root: string) => `
  const { readdirSync, readFileSync } = require('node:fs');
  const root = ${JSON.stringify(root)};
  const bodyOf = (bytes) => ({ bytes, open: async () => Readable.from([Buffer.alloc(bytes, 'x')]) });
  const target = openLocalDir({ root });
  target.put('a/object', bodyOf(3))
    .then(() => target.put('a/object', bodyOf(2 * 1024 * 1024)))
    .then(() => 'stored', (error) => error.kind + ' ' + error.context.code + ' ' + error.message)
    .then((outcome) => console.log(outcome, readdirSync(root + '/a'), String(readFileSync(root + '/a/object'))));
`;

describe('localDir on a disk that is full', () => {
  itWithMounts('says so, keeps the old object and leaves no part', async () => {
    const root = temporaryFolder();
    const printed = await runWithSmallDisk(root, putTooMuch(root));
    expect(printed).toMatch(/^full ENOSPC could not store a\/object: .*HINT: .*\[ 'object' \] xxx\n$/);
  });

  it('says so as well when a limit on the size of files is reached', async () => {
    const root = temporaryFolder();
    const limited = ['sh', '-c', 'ulimit -f 1000 && exec "$@"', 'sh'];
    const printed = await startChild(putTooMuch(root), limited).output;
    expect(printed).toMatch(/^full EFBIG .*\[ 'object' \] xxx\n$/);
    const target = openLocalDir({ root });
    await target.put('a/object', bodyOf('there is room again'));
    expect(String(await read(target, 'a/object'))).toBe('there is room again');
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
  });
});
