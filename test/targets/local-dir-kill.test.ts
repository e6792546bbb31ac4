import { once } from 'node:events';
import { openLocalDir } from '../../targets/local-dir';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { type Child, startChild } from './child';
import { everythingIn, temporaryFolder } from './folders';

const MiB = 1024 * 1024;

/** Puts `a/object`, of which 2 MiB come and then nothing more. */
const putHalf = (root: string) => `
  const half = new Readable({ read() {} });
  half.push(Buffer.alloc(${2 * MiB}));
  const report = ({ bytes }) => bytes === ${2 * MiB} && setTimeout(() => console.log('half'), 100);
  const control = { signal: new AbortController().signal, resume: undefined, report };
  openLocalDir({ root: ${JSON.stringify(root)} }).put('a/object', { open: async () => half }, control);
  setInterval(() => undefined, 1000);
`;

/** Replaces `a/object` again and again by 4 MiB of one letter. */
const replaceOn = (root: string) => `
  const target = openLocalDir({ root: ${JSON.stringify(root)} });
  const bodyOf = (letter) => ({ open: async () => Readable.from(Array(64).fill(Buffer.alloc(${MiB / 16}, letter))) });
  (async () => {
    for (let n = 0; ; n++) {
      await target.put('a/object', bodyOf('ab'[n % 2]));
      if (n === 0) console.log('stored once');
    }
  })();
`;

/** Kills the child so many milliseconds after the first thing that it says. */
async function killAfter({ process, output }: Child, milliseconds: number): Promise<void> {
  const spoken = process.stdout && once(process.stdout, 'data');
  await Promise.race([spoken, output.then((text) => Promise.reject(new Error(`the child ended: ${text}`)))]);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  process.kill('SIGKILL');
  await output;
}

const parts = async (root: string) => (await everythingIn(root)).filter((name) => name.includes('.cairn-part-'));

describe('localDir after a kill in the middle of a put', () => {
  it('lists nothing, and clean takes the remains away', async () => {
    const root = temporaryFolder();
    await killAfter(startChild(putHalf(root)), 0);
    const target = openLocalDir({ root });
    expect(await parts(root)).toHaveLength(1);
    expect(await namesBelow(target, '')).toEqual([]);
    expect(await target.stat('a/object')).toBeUndefined();
    await target.clean?.('a');
    expect(await everythingIn(root)).toEqual([]);
  });

  it('takes the remains away by itself when a large object is stored again', async () => {
    const root = temporaryFolder();
    await killAfter(startChild(putHalf(root)), 0);
    expect(await parts(root)).toHaveLength(1);
    await openLocalDir({ root }).put('a/object', { open: bodyOf('again').open });
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
  });

  it('has the old object or the new one, whole, whenever the kill came', async () => {
    const root = temporaryFolder();
    const target = openLocalDir({ root });
    for (let milliseconds = 0; milliseconds < 50; milliseconds += 7) {
      await killAfter(startChild(replaceOn(root)), milliseconds);
      const content = await read(target, 'a/object');
      expect(content.length).toBe(4 * MiB);
      expect(content.equals(Buffer.alloc(4 * MiB, content[0]))).toBe(true);
      expect(await namesBelow(target, '')).toEqual(['a/object']);
    }
    await target.clean?.('');
    expect(await everythingIn(root)).toEqual(['a', 'a/object']);
  });
});
