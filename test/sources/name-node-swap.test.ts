import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Control, noControl } from '../../model/control';
import { bringBack, dropOthers, keepsSomething, replaceCurrent } from '../../sources/name-node-swap';

/**
 * Kills the swap after so many steps: every later change of the disk throws, as if the process had ended. A removal is
 * killed in its middle: what is removed in place, and not renamed away before, is found half gone.
 */
let stepsLeft = Infinity;
jest.mock('node:fs/promises', () => {
  const real = jest.requireActual<typeof fs>('node:fs/promises');
  const killable = (name: 'rename' | 'rm' | 'mkdir' | 'writeFile' | 'chown') => [
    name,
    async (...args: unknown[]) => {
      stepsLeft -= 1;
      if (stepsLeft === -1 && name === 'rm')
        await real.rm(`${String(args[0])}/VERSION`, { force: true }).catch(() => 0);
      if (stepsLeft < 0) throw new Error('killed');
      return (real[name] as (...args: unknown[]) => Promise<unknown>)(...args);
    },
  ];
  return { ...real, ...Object.fromEntries((['rename', 'rm', 'mkdir', 'writeFile', 'chown'] as const).map(killable)) };
});

const [earlier, now, later] = ['20261122110000', '20261122120000', '20261122130000'];
let folder: string;
let from: string;
let dirs: string[];

beforeEach(async () => {
  stepsLeft = Infinity;
  folder = await fs.mkdtemp(join(tmpdir(), 'cairn-swap-'));
  [from, dirs] = [join(folder, 'from'), [join(folder, 'one/name'), join(folder, 'two/name')]];
  await fs.mkdir(from);
  await fs.writeFile(join(from, 'VERSION'), 'restored');
  await fs.writeFile(join(from, 'seen_txid'), '9');
});
afterEach(async () => {
  stepsLeft = Infinity;
  await fs.rm(folder, { recursive: true, force: true });
});

const replace = (label = now, control: Control = noControl()) =>
  replaceCurrent(dirs, { from, files: ['VERSION', 'seen_txid'], bytes: 9 }, label, control);

async function fill(text = 'before'): Promise<void> {
  for (const dir of dirs) {
    await fs.mkdir(join(dir, 'current'), { recursive: true });
    await fs.writeFile(join(dir, 'current', 'VERSION'), text);
  }
}

/** What a NameNode would find in each directory. */
async function found(): Promise<string[]> {
  return Promise.all(dirs.map((dir) => fs.readFile(join(dir, 'current/VERSION'), 'utf8').catch(() => 'nothing')));
}
const names = async () => (await Promise.all(dirs.map((dir) => fs.readdir(dir).catch(() => [])))).flat().sort();

const before = { 'with metadata before': fill, 'with nothing before': async () => undefined };

describe.each(Object.entries(before))('name directories %s', (_, prepare) => {
  let original: string[];
  beforeEach(async () => {
    await prepare();
    original = await found();
  });

  test('are replaced, and brought back as they were', async () => {
    await replace();
    expect(await found()).toEqual(['restored', 'restored']);
    await bringBack(dirs, now);
    expect(await found()).toEqual(original);
    expect((await names()).filter((name) => name.includes('cairn'))).toEqual([]);
  });

  test('are replaced when it goes on after a kill at any step', async () => {
    const steps = await killEverywhere(replace, async () => {
      await replace();
      expect(await found()).toEqual(['restored', 'restored']);
      await bringBack(dirs, now);
      expect(await found()).toEqual(original);
    });
    expect(steps).toBeGreaterThan(15);
  });

  test('are brought back after a kill of the replacement at any step', async () => {
    await killEverywhere(replace, async () => {
      await bringBack(dirs, now);
      expect(await found()).toEqual(original);
      expect((await names()).filter((name) => name.includes('cairn'))).toEqual([]);
    });
  });

  test('are brought back when that goes on after a kill at any step', async () => {
    const steps = await killEverywhere(
      () => bringBack(dirs, now),
      async () => {
        await bringBack(dirs, now);
        expect(await found()).toEqual(original);
      },
      replace,
    );
    expect(steps).toBeGreaterThan(5);
  });

  test('are replaced again after a kill while they were brought back', async () => {
    await killEverywhere(
      () => bringBack(dirs, now),
      async () => {
        await replace();
        expect(await found()).toEqual(['restored', 'restored']);
        await bringBack(dirs, now);
        expect(await found()).toEqual(original);
      },
      replace,
    );
  });

  test('keep no half state of an earlier restoration when forgetting it is killed at any step', async () => {
    const steps = await killEverywhere(
      () => dropOthers(dirs, later),
      async () => {
        // Whatever is still kept of the earlier one is whole; then it is gone.
        if (await keepsSomething(dirs, now)) await expectWhole(now, original);
        await dropOthers(dirs, later);
        expect(await keepsSomething(dirs, now)).toBe(false);
        await bringBack(dirs, later);
        expect(await found()).toEqual(['restored', 'restored']);
      },
      async () => {
        await replace(now);
        await replace(later);
      },
    );
    expect(steps).toBeGreaterThan(3);
  });

  async function expectWhole(label: string, texts: string[]): Promise<void> {
    for (const [n, dir] of dirs.entries()) {
      const kept = await fs.readFile(join(dir, `current.cairn-${label}.old/VERSION`), 'utf8').catch(() => texts[n]);
      expect(kept).toBe(texts[n]);
    }
  }

  /** Kills the action after 0, 1, 2 … steps, each time in fresh directories, until it comes to its end. */
  async function killEverywhere(
    action: () => Promise<void>,
    then: () => Promise<void>,
    prior: () => Promise<void> = async () => undefined,
  ): Promise<number> {
    for (let steps = 0; ; steps += 1) {
      for (const dir of dirs) await fs.rm(join(dir, '..'), { recursive: true, force: true });
      await prepare();
      await prior();
      stepsLeft = steps;
      const isKilled = await action().then(
        () => false,
        (error: Error) => error.message === 'killed' || Promise.reject(error),
      );
      stepsLeft = Infinity;
      await then();
      if (!isKilled) return steps;
    }
  }
});

test('what is done under a label is not done again: a NameNode may have written since', async () => {
  await fill();
  await replace();
  await fs.writeFile(join(dirs[0]!, 'current/VERSION'), 'written since');
  await replace();
  expect(await found()).toEqual(['written since', 'restored']);
});

test('each restoration keeps its own state before, and forgetting drops only the others', async () => {
  await fill();
  await replace(earlier);
  await fs.writeFile(join(from, 'VERSION'), 'restored later');
  await replace(now);
  await dropOthers(dirs, now);
  await bringBack(dirs, earlier);
  expect(await found()).toEqual(['restored later', 'restored later']);
  await bringBack(dirs, now);
  expect(await found()).toEqual(['restored', 'restored']);
});

test('nothing kept is nothing to bring back, also where there is no directory at all', async () => {
  await bringBack(dirs, now);
  expect(await found()).toEqual(['nothing', 'nothing']);
  await fill();
  await bringBack(dirs, now);
  expect(await found()).toEqual(['before', 'before']);
});

test('what else lies in a name directory is left alone', async () => {
  await fill();
  await fs.writeFile(join(dirs[0]!, 'in_use.lock'), '1@host');
  await fs.mkdir(join(dirs[0]!, 'current.cairn-old'));
  await replace();
  await dropOthers(dirs, later);
  await bringBack(dirs, now);
  expect(await fs.readdir(dirs[0]!)).toEqual(['current', 'current.cairn-old', 'in_use.lock']);
});

test('the new files get the mode and the owner of the old ones', async () => {
  await fill();
  await fs.chmod(join(dirs[0]!, 'current'), 0o750);
  if (process.getuid!() === 0) await fs.chown(join(dirs[0]!, 'current'), 4711, 4712);
  await replace();
  const { mode, uid, gid } = await fs.stat(join(dirs[0]!, 'current'));
  expect(mode & 0o777).toBe(0o750);
  if (process.getuid!() !== 0) return;
  expect([uid, gid]).toEqual([4711, 4712]);
  expect((await fs.stat(join(dirs[0]!, 'current/VERSION'))).uid).toBe(4711);
});

test('a directory that was lost is made like the one that it lies in', async () => {
  await fs.mkdir(join(folder, 'one'));
  if (process.getuid!() === 0) await fs.chown(join(folder, 'one'), 4711, 4712);
  await replace();
  const { uid } = await fs.stat(join(dirs[0]!, 'current'));
  expect(uid).toBe((await fs.stat(join(folder, 'one'))).uid);
  expect((await fs.stat(join(dirs[0]!, 'current'))).mode & 0o777).toBe(0o700);
});

test('a stop in the middle leaves the old state in place', async () => {
  await fill();
  const controller = new AbortController();
  const stopping = { ...noControl(), signal: controller.signal, report: () => controller.abort() };
  await expect(replace(now, stopping)).rejects.toMatchObject({ kind: 'cancelled' });
  expect(await found()).toEqual(['before', 'before']);
});

test('a disk without room is told before anything is written', async () => {
  await fill();
  const tooMuch = { from, files: ['VERSION'], bytes: 1e18 };
  await expect(replaceCurrent(dirs, tooMuch, now, noControl())).rejects.toMatchObject({ kind: 'full' });
  expect((await names()).filter((name) => name.includes('cairn'))).toEqual([]);
});
