import { once } from 'node:events';
import { simpleLogin } from '../../servers/login';
import { openWebHdfs } from '../../servers/webhdfs';
import { bodyOf, namesBelow, read } from '../../targets/conformance/tools';
import { type RealHdfs, startRealHdfs } from '../servers/real-hdfs';
import { hdfsAt, openHdfsAt, pathsIn } from './hdfs-place';
import { type Child, startChild } from './child';
import { untilClean } from './until-clean';

const MiB = 1024 * 1024;
let real: RealHdfs;

beforeAll(async () => {
  real = await startRealHdfs();
});
afterAll(() => real?.end());

const hdfs = () => hdfsAt(real.hdfs.httpAddress);
const targetAt = (path: string) => openHdfsAt(real.hdfs.httpAddress, path);

/** The same target in a process of its own. */
const opening = (path: string) => `
  const { openHdfsTarget } = require('./targets/hdfs.ts');
  const { simpleLogin } = require('./servers/login.ts');
  const target = openHdfsTarget({ hdfs: ${JSON.stringify(hdfs())}, path: '${path}', login: simpleLogin({ user: 'root' }) });
`;

/** Puts `a/object`, of which 3 MiB come and then nothing more. */
const putHalf = (path: string) => `${opening(path)}
  const half = new Readable({ read() {} });
  half.push(Buffer.alloc(${3 * MiB}));
  target.put('a/object', { open: async () => half });
  setInterval(() => undefined, 1000);
`;

/** Replaces `a/object` again and again by 2 MiB of one letter. */
const replaceOn = (path: string) => `${opening(path)}
  const bodyOf = (letter) => ({ open: async () => Readable.from(Array(32).fill(Buffer.alloc(${MiB / 16}, letter))) });
  (async () => {
    for (let n = 0; ; n++) {
      await target.put('a/object', bodyOf('ab'[n % 2]));
      if (n === 0) console.log('stored once');
    }
  })();
`;

async function kill({ process, output }: Child): Promise<void> {
  process.kill('SIGKILL');
  await output;
}

async function everythingIn(path: string): Promise<string[]> {
  const dfs = openWebHdfs([real.hdfs.httpAddress], simpleLogin({ user: 'root' }));
  return (await dfs.status(path)) === undefined ? [] : await pathsIn(dfs, path);
}

const partsIn = async (path: string) => (await everythingIn(path)).filter((name) => name.includes('.cairn-part-'));

async function killInTheMiddle(path: string): Promise<void> {
  const child = startChild(putHalf(path));
  const ended = child.output.then((text) => Promise.reject(new Error(`the child ended: ${text}`)));
  ended.catch(() => undefined);
  while ((await partsIn(path)).length === 0) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
  await kill(child);
}

describe('an HDFS target after a kill in the middle of a put', () => {
  it('lists nothing, and clean takes the remains away', async () => {
    await killInTheMiddle('/kill/clean');
    const target = targetAt('/kill/clean');
    expect(await partsIn('/kill/clean')).toHaveLength(1);
    expect(await namesBelow(target, '')).toEqual([]);
    expect(await target.stat('a/object')).toBeUndefined();
    await target.clean?.('a');
    expect(await everythingIn('/kill/clean')).toEqual([]);
  });

  it('takes the remains away by itself when a large object is stored again', async () => {
    await killInTheMiddle('/kill/again');
    await targetAt('/kill/again').put('a/object', { open: bodyOf('again').open });
    expect(await everythingIn('/kill/again')).toEqual(['a', 'a/object']);
  });

  it('has the old object or the new one, whole, whenever the kill came', async () => {
    const target = targetAt('/kill/replace');
    for (let milliseconds = 0; milliseconds < 200; milliseconds += 65) {
      const child = startChild(replaceOn('/kill/replace'));
      const spoken = child.process.stdout && once(child.process.stdout, 'data');
      await Promise.race([spoken, child.output.then((text) => Promise.reject(new Error(`the child ended: ${text}`)))]);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      await kill(child);
      const content = await read(target, 'a/object');
      expect(content.length).toBe(2 * MiB);
      expect(content.equals(Buffer.alloc(2 * MiB, content[0]))).toBe(true);
      expect(await namesBelow(target, '')).toEqual(['a/object']);
    }
    await untilClean(target, async () => (await everythingIn('/kill/replace')).length === 2);
    expect(await everythingIn('/kill/replace')).toEqual(['a', 'a/object']);
  });
});
