import assert from 'node:assert/strict';
import { cp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Control, noControl } from '../model/control';
import type { Directory } from '../model/directory';
import { BackupError, type ErrorKind } from '../model/errors';
import { type Label, nextLabel } from '../model/label';
import type { MetadataSource, MetadataTraits } from '../model/source';

/**
 * What every metadata source promises (model/source.ts), as cases that run on any of them, real or fake.
 * They leave the service with other data than it had: never run them on one that matters.
 */
export interface MetadataSourceHarness<Spec> {
  readonly source: MetadataSource<Spec>;
  readonly spec: Spec;
  /** Has the service run; returns when it serves. */
  start(): Promise<void>;
  /** Has the service not run; does nothing for one that is restored while it runs. */
  stop(): Promise<void>;
  /** Changes what the running service holds, each time in another way. */
  change(): Promise<void>;
  /** What the running service holds, in a form that can be compared. */
  read(): Promise<unknown>;
  /** A new empty folder. */
  newFolder(): Promise<Directory>;
}

export interface MetadataSourceCase {
  readonly name: string;
  /** The trait without which the case has no sense. */
  readonly needs?: keyof MetadataTraits;
  run<Spec>(harness: MetadataSourceHarness<Spec>): Promise<void>;
}

export const metadataSourceCases: readonly MetadataSourceCase[] = [
  {
    name: 'what was dumped is there again after it was loaded',
    async run(harness) {
      const { folder, held } = await dumped(harness);
      await harness.change();
      assert.notDeepEqual(await harness.read(), held, 'the harness must change something');
      await loaded(harness, folder, label());
      assert.deepEqual(await harness.read(), held);
    },
  },
  {
    name: 'a dump into the folder of an older one replaces it',
    async run(harness) {
      const { folder } = await dumped(harness);
      await harness.change();
      await harness.source.dump(harness.spec, folder, noControl());
      const held = await harness.read();
      await harness.change();
      await loaded(harness, folder, label());
      assert.deepEqual(await harness.read(), held);
    },
  },
  {
    name: 'a dump that was stopped is cancelled and can be done again',
    async run(harness) {
      await harness.start();
      const folder = await harness.newFolder();
      await refused('cancelled', harness.source.dump(harness.spec, folder, stopped()));
      await refused('cancelled', harness.source.dump(harness.spec, folder, stoppedInTheMiddle()));
      const { facts } = await harness.source.dump(harness.spec, folder, noControl());
      assert.ok(Object.keys(facts).length > 0);
    },
  },
  {
    name: 'loading again under the same label goes on where it was, and what was before is still kept',
    async run(harness) {
      const { folder } = await dumped(harness);
      await harness.change();
      const before = await harness.read();
      const now = label();
      await loaded(harness, folder, now);
      await loaded(harness, folder, now);
      await reverted(harness, now);
      assert.deepEqual(await harness.read(), before);
    },
  },
  {
    name: 'a load that was stopped is cancelled, and can be reverted or done again',
    async run(harness) {
      const { folder, held } = await dumped(harness);
      await harness.change();
      const before = await harness.read();
      await harness.stop();
      const [first, second] = [label(), label()];
      await refused('cancelled', harness.source.load(harness.spec, folder, first, stopped()));
      await refused('cancelled', harness.source.load(harness.spec, folder, first, stoppedInTheMiddle()));
      await reverted(harness, first);
      assert.deepEqual(await harness.read(), before);
      await harness.stop();
      await refused('cancelled', harness.source.load(harness.spec, folder, second, stoppedInTheMiddle()));
      await loaded(harness, folder, second);
      assert.deepEqual(await harness.read(), held);
    },
  },
  {
    name: 'reverting twice, or with nothing kept, does no harm',
    async run(harness) {
      const { folder } = await dumped(harness);
      await harness.change();
      const before = await harness.read();
      const now = label();
      await loaded(harness, folder, now);
      await reverted(harness, now);
      await reverted(harness, now);
      await reverted(harness, label());
      assert.deepEqual(await harness.read(), before);
    },
  },
  {
    name: 'forgetting drops what earlier restorations kept, and keeps what this one did',
    async run(harness) {
      const { folder, held } = await dumped(harness);
      await harness.change();
      const [first, second] = [label(), label()];
      await loaded(harness, folder, first);
      await harness.change();
      const before = await harness.read();
      await loaded(harness, folder, second);
      await harness.stop();
      await harness.source.forget(harness.spec, second);
      await harness.source.forget(harness.spec, second);
      await reverted(harness, first);
      assert.deepEqual(await harness.read(), held, 'nothing is left of the first one');
      await reverted(harness, second);
      assert.deepEqual(await harness.read(), before);
    },
  },
  {
    name: 'files that are missing or empty are corrupt, and nothing is touched',
    async run(harness) {
      const { folder, held } = await dumped(harness);
      await harness.stop();
      for (const damage of [removed, emptied]) {
        for (const name of await filesIn(folder, damage === emptied)) {
          const copy = await harness.newFolder();
          await cp(folder, copy, { recursive: true });
          await damage(join(copy, name));
          await refused('corrupt', harness.source.load(harness.spec, copy, label(), noControl()), name);
        }
      }
      await harness.start();
      assert.deepEqual(await harness.read(), held);
    },
  },
  {
    name: 'a restoration is refused while the service runs, and only then',
    needs: 'stoppedForRestore',
    async run(harness) {
      await harness.start();
      await harness.source.check(harness.spec, 'backUp');
      await refused('precondition', harness.source.check(harness.spec, 'restore'));
      await harness.stop();
      await harness.source.check(harness.spec, 'restore');
    },
  },
];

async function dumped<Spec>(harness: MetadataSourceHarness<Spec>) {
  await harness.start();
  await harness.change();
  const folder = await harness.newFolder();
  await harness.source.dump(harness.spec, folder, noControl());
  return { folder, held: await harness.read() };
}

async function loaded<Spec>(harness: MetadataSourceHarness<Spec>, folder: Directory, under: Label): Promise<void> {
  await harness.stop();
  await harness.source.check(harness.spec, 'restore');
  await harness.source.load(harness.spec, folder, under, noControl());
  await harness.start();
}

async function reverted<Spec>(harness: MetadataSourceHarness<Spec>, under: Label): Promise<void> {
  await harness.stop();
  await harness.source.revert(harness.spec, under);
  await harness.start();
}

let last: Label | undefined;

/** Later than every label before: sources compare labels. */
function label(): Label {
  last = nextLabel(Date.now(), last);
  return last;
}

function stopped(): Control {
  return { ...noControl(), signal: AbortSignal.abort() };
}

/** Aborts as soon as the step says that it has done something. */
function stoppedInTheMiddle(): Control {
  const controller = new AbortController();
  return { signal: controller.signal, resume: undefined, report: () => controller.abort() };
}

async function refused(kind: ErrorKind, promise: Promise<unknown>, what = ''): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BackupError, `${what} should have been refused, but: ${String(error)}`);
  assert.equal(error.kind, kind, error.message);
}

/** Relative paths; of all files, or of those that hold something. */
async function filesIn(folder: Directory, holding: boolean): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  return files.filter((_, n) => !holding || sizes[n]! > 0).map((path) => relative(folder, path));
}

async function removed(file: string): Promise<void> {
  await rm(file);
}

async function emptied(file: string): Promise<void> {
  await truncate(file);
}
