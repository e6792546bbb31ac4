import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Control, noControl } from '../model/control';
import type { CopyTree } from '../model/copier';
import type { DataSource, FreezeId, Frozen, SetTree } from '../model/data-source';
import { BackupError, type ErrorKind, isKind } from '../model/errors';
import { type Label, nextLabel } from '../model/label';
import type { Location } from '../model/target';

/**
 * What every source of service data promises (model/data-source.ts), as cases that run on any of them, real or fake.
 * They leave the service with other data than it had: never run them on one that matters.
 */
export interface DataSourceHarness<Spec> {
  readonly source: DataSource<Spec>;
  readonly spec: Spec;
  /** The directories of the spec, at least two. */
  readonly paths: readonly string[];
  /** Makes a directory that is not there; in one that is, it changes, adds and removes something, each time otherwise. */
  change(path: string): Promise<void>;
  /** Where a directory is read and written by whoever uses it. */
  locate(path: string): Location;
  /** As a copier does it. */
  copy(tree: CopyTree): Promise<void>;
  /** A path where nothing is, nor the directory that would hold it. Each time another one. */
  newPath(): string;
  /** Called before each case: what lies at those paths is not needed any more. */
  forgetNew(): Promise<void>;
  /** What the source has made and left beside the data, in words: snapshots, what may have some, hidden places, marks. */
  traces(): Promise<readonly string[]>;
}

export interface DataSourceCase {
  readonly name: string;
  run<Spec>(harness: DataSourceHarness<Spec>): Promise<void>;
}

const frozenCases: readonly DataSourceCase[] = [
  {
    name: 'the same id gives the same view, however often, while the data goes on',
    async run(harness) {
      const id = newId();
      const first = await frozen(harness, id);
      const held = await heldBy(harness, first);
      for (const path of harness.paths) await harness.change(path);
      const second = await harness.source.freeze(harness.spec, id, noControl());
      assert.deepEqual(second.trees, first.trees);
      assert.deepEqual(await heldBy(harness, second), held);
      assert.notDeepEqual(await heldIn(harness, harness.paths), held, 'the harness must change something');
      await harness.source.release(harness.spec, id);
    },
  },
  {
    name: 'a view tells of each directory by its path, in the order of the spec',
    async run(harness) {
      const id = newId();
      const { trees } = await frozen(harness, id);
      assert.deepEqual(
        trees.map(({ path }) => path),
        harness.paths,
      );
      await harness.source.release(harness.spec, id);
    },
  },
  {
    name: 'what a backup would take is what the spec names, in its order; to ask changes nothing',
    async run(harness) {
      const before = await harness.traces();
      assert.deepEqual(await harness.source.resolve(harness.spec), { paths: [...harness.paths], notes: [] });
      assert.deepEqual(await harness.traces(), before);
    },
  },
  {
    name: 'a released view is gone, and releasing it again does no harm',
    async run(harness) {
      const [id, before] = [newId(), await harness.traces()];
      const { trees } = await frozen(harness, id);
      await harness.source.release(harness.spec, id);
      for (const { location } of trees) assert.equal(await held(harness, location), undefined);
      await harness.source.release(harness.spec, id);
      await harness.source.release(harness.spec, newId());
      assert.deepEqual(await harness.traces(), before);
    },
  },
  {
    name: 'a view stands under a name for each directory until it is released, and no other view does',
    async run(harness) {
      const [id, other] = [newId(), newId()];
      await frozen(harness, id);
      const names = await harness.source.standing(harness.spec, id);
      assert.equal(names?.length, harness.paths.length);
      assert.equal(await harness.source.standing(harness.spec, other), undefined);
      await frozen(harness, other);
      assert.deepEqual(await harness.source.standing(harness.spec, id), names);
      assert.notDeepEqual(await harness.source.standing(harness.spec, other), names);
      for (const one of [id, other]) await harness.source.release(harness.spec, one);
      assert.equal(await harness.source.standing(harness.spec, id), undefined);
    },
  },
  {
    name: 'releasing gives up its own view and no other',
    async run(harness) {
      const ids = [newId(), newId(), newId('other'), { ...newId(), creation: '20200101000000' }];
      const views: Frozen[] = [];
      for (const id of ids) views.push(await frozen(harness, id));
      const before = await heldByAll(harness, views);
      await harness.source.release(harness.spec, ids[1]!);
      const after = await heldByAll(harness, views);
      assert.deepEqual(after, before.with(1, [undefined, undefined]));
      for (const id of ids) await harness.source.release(harness.spec, id);
    },
  },
  {
    name: 'the newest views of a task stay, its older ones go, and those of others stay',
    async run(harness) {
      const [start, task] = [await harness.traces(), newId().task];
      const ids = [newId(), newId('other'), newId(), newId(), { ...newId(), creation: '20200101000000' }];
      const views: Frozen[] = [];
      for (const id of ids) views.push(await frozen(harness, id));
      const all = await heldByAll(harness, views);
      const kept = async (points: number) => {
        await harness.source.keepNewest(harness.spec, { task, creation: ids[0]!.creation }, points);
        return heldByAll(harness, views);
      };
      const gone = [undefined, undefined];
      assert.deepEqual(await kept(3), all);
      assert.deepEqual(await kept(2), all.with(0, gone));
      assert.deepEqual(await kept(1), all.with(0, gone).with(2, gone));
      assert.deepEqual(await kept(1), all.with(0, gone).with(2, gone));
      assert.deepEqual(await kept(0), all.with(0, gone).with(2, gone).with(3, gone));
      for (const id of ids) await harness.source.release(harness.spec, id);
      assert.deepEqual(await harness.traces(), start);
    },
  },
  {
    name: 'of the views of a task those up to a label go, and later ones stay',
    async run(harness) {
      const [start, ids] = [await harness.traces(), [newId(), newId(), newId()] as const];
      const views: Frozen[] = [];
      for (const id of ids) views.push(await frozen(harness, id));
      const all = await heldByAll(harness, views);
      const gone = [undefined, undefined];
      const kept = async (points: number, upTo: Label) => {
        await harness.source.keepNewest(harness.spec, ids[0], points, upTo);
        return heldByAll(harness, views);
      };
      assert.deepEqual(await kept(1, ids[1].label), all.with(0, gone));
      assert.deepEqual(await kept(0, ids[0].label), all.with(0, gone));
      assert.deepEqual(await kept(0, ids[1].label), all.with(0, gone).with(1, gone));
      await harness.source.keepNewest(harness.spec, ids[0], 0);
      assert.deepEqual(await harness.traces(), start);
    },
  },
  {
    name: 'freezing that is stopped is cancelled and can be done again, or released',
    async run(harness) {
      const [id, before] = [newId(), await harness.traces()];
      await harness.change(harness.paths[0]!);
      await refused('cancelled', harness.source.freeze(harness.spec, id, stopped()));
      await frozen(harness, id);
      await harness.source.release(harness.spec, id);
      assert.deepEqual(await harness.traces(), before);
    },
  },
];

/** What a restoration may find where it goes. */
const places = {
  'where nothing is': async (harness) => harness.paths.map(() => harness.newPath()),
  'where nothing is, side by side': async (harness) => {
    const folder = harness.newPath();
    return harness.paths.map((_, n) => `${folder}/deeper/${n}`);
  },
  'over other data': async (harness) => {
    const paths = harness.paths.map(() => harness.newPath());
    for (const path of paths) await harness.change(path);
    return paths;
  },
  'over what it was made of, which is frozen': async (harness) => {
    for (const path of harness.paths) await harness.change(path);
    return harness.paths;
  },
} satisfies { readonly [where: string]: (harness: DataSourceHarness<unknown>) => Promise<readonly string[]> };

const restoringCases: readonly DataSourceCase[] = Object.entries(places).flatMap(([where, choose]) => [
  {
    name: `what is restored ${where} is what was backed up, and nothing else is left, however often each step is done`,
    async run(harness) {
      const { source, spec } = harness;
      const set = await prepared(harness, choose);
      for (const _ of [1, 2]) await source.checkRestore(spec, set.trees);
      for (const _ of [1, 2]) await copyAll(harness, set);
      for (const _ of [1, 2]) await source.adopt(spec, set.trees, set.label, noControl());
      assert.deepEqual(await heldIn(harness, set.to), set.held);
      for (const _ of [1, 2]) await source.forget(spec, set.trees, set.label);
      assert.deepEqual(await source.revert(spec, set.trees, set.label), [], 'there is no way back');
      assert.deepEqual(await heldIn(harness, set.to), set.held);
      assert.deepEqual(await harness.traces(), set.traces);
      await source.release(spec, set.id);
    },
  },
  {
    name: `a restoration ${where} that is reverted after any step leaves what was there, and nothing else`,
    async run(harness) {
      const { source, spec } = harness;
      const steps = [
        async () => undefined,
        async (set: Prepared) => void (await source.prepare(spec, set.trees, set.label, noControl())),
        async (set: Prepared) => copyAll(harness, set, 1),
        async (set: Prepared) => copyAll(harness, set),
        async (set: Prepared) => source.adopt(spec, set.trees, set.label, noControl()),
      ];
      for (let done = 1; done <= steps.length; done += 1) {
        const set = await prepared(harness, choose);
        for (const step of steps.slice(0, done)) await step(set);
        for (const _ of [1, 2]) {
          for (const tree of await source.revert(spec, set.trees, set.label)) await harness.copy(tree);
          assert.deepEqual(await heldIn(harness, set.to), set.before, `after ${done} steps`);
        }
        for (const _ of [1, 2]) await source.forget(spec, set.trees, set.label);
        assert.deepEqual(await heldIn(harness, set.to), set.before, `after ${done} steps, forgotten`);
        assert.deepEqual(await harness.traces(), set.traces, `after ${done} steps`);
        await source.release(spec, set.id);
      }
    },
  },
]);

const otherCases: readonly DataSourceCase[] = [
  {
    name: 'it is told how much there is, and nothing is changed by that',
    async run(harness) {
      const { source, spec, paths } = harness;
      for (const path of paths) await harness.change(path);
      const [traces, before] = [await harness.traces(), await heldIn(harness, paths)];
      const { files, directories, bytes } = await source.contentOf(spec);
      assert.ok(files > 0 && bytes > 0 && directories >= 0, `${files} files, ${directories} directories, ${bytes} B`);
      assert.deepEqual(await harness.traces(), traces);
      assert.deepEqual(await heldIn(harness, paths), before);
    },
  },
  {
    name: 'it is told beforehand what a restoration replaces, and nothing is changed by that',
    async run(harness) {
      const { source, spec } = harness;
      const set = await prepared(harness, async () => [harness.paths[0]!, harness.newPath()]);
      const replaced = await source.describeReplaced(spec, set.trees);
      assert.deepEqual(
        replaced.map(({ to }) => to),
        set.to,
      );
      assert.ok(replaced[0]!.there!.files > 0);
      assert.notEqual(replaced[0]!.how, 'nothingThere');
      assert.deepEqual(replaced[1], { to: set.to[1], how: 'nothingThere', openFiles: [] });
      assert.deepEqual(await harness.traces(), set.traces);
      assert.deepEqual(await heldIn(harness, set.to), set.before);
      await source.release(spec, set.id);
    },
  },
  {
    name: 'trees that would lie inside each other are invalid',
    async run(harness) {
      const set = await prepared(harness, async () => [harness.newPath()]);
      for (const to of [set.to[0]!, `${set.to[0]!}/inside`]) {
        const trees = [set.trees[0]!, { number: 1, path: harness.paths[1]!, to }];
        await refused('invalid', harness.source.checkRestore(harness.spec, trees));
        await refused('invalid', harness.source.checkRestore(harness.spec, trees.toReversed()));
      }
      await harness.source.release(harness.spec, set.id);
    },
  },
  {
    name: 'a restoration that was never prepared is not adopted, and reverting or forgetting it does nothing',
    async run(harness) {
      const { source, spec } = harness;
      const set = await prepared(harness, async () => [harness.paths[0]!, harness.newPath()]);
      await refused('precondition', source.adopt(spec, set.trees, set.label, noControl()));
      assert.deepEqual(await source.revert(spec, set.trees, set.label), []);
      await source.forget(spec, set.trees, set.label);
      assert.deepEqual(await heldIn(harness, set.to), set.before);
      assert.deepEqual(await harness.traces(), set.traces);
      await source.release(spec, set.id);
    },
  },
];

export const dataSourceCases: readonly DataSourceCase[] = [...frozenCases, ...restoringCases, ...otherCases];

interface Prepared {
  readonly id: FreezeId;
  readonly label: Label;
  readonly view: Frozen;
  /** What the view holds, and what is where it goes before that. */
  readonly held: readonly unknown[];
  readonly before: readonly unknown[];
  readonly trees: readonly SetTree[];
  readonly to: readonly string[];
  readonly traces: readonly string[];
}

type Choose = (harness: DataSourceHarness<unknown>) => Promise<readonly string[]>;

/** A frozen view, in the place of a set, and where it shall go. */
async function prepared<Spec>(harness: DataSourceHarness<Spec>, choose: Choose): Promise<Prepared> {
  const id = newId();
  const view = await frozen(harness, id);
  const to = await choose(harness);
  return {
    id,
    label: label(),
    view,
    held: await heldBy(harness, view),
    before: await heldIn(harness, to),
    trees: to.map((path, number) => ({ number, path: harness.paths[number]!, to: path })),
    to,
    traces: await harness.traces(),
  };
}

async function copyAll<Spec>(harness: DataSourceHarness<Spec>, set: Prepared, most = Infinity): Promise<void> {
  const ready = await harness.source.prepare(harness.spec, set.trees, set.label, noControl());
  for (const { number, location } of ready.slice(0, most))
    await harness.copy({ from: set.view.trees[number]!.location, to: location });
}

async function frozen<Spec>(harness: DataSourceHarness<Spec>, id: FreezeId): Promise<Frozen> {
  for (const path of harness.paths) await harness.change(path);
  await harness.source.checkBackUp(harness.spec, undefined);
  return harness.source.freeze(harness.spec, id, noControl());
}

async function heldByAll<Spec>(harness: DataSourceHarness<Spec>, views: readonly Frozen[]): Promise<unknown[][]> {
  const all = [];
  for (const view of views) all.push(await heldBy(harness, view));
  return all;
}

async function heldBy<Spec>(harness: DataSourceHarness<Spec>, view: Frozen): Promise<unknown[]> {
  return Promise.all(view.trees.map(({ location }) => held(harness, location)));
}

async function heldIn<Spec>(harness: DataSourceHarness<Spec>, paths: readonly string[]): Promise<unknown[]> {
  return Promise.all(paths.map((path) => held(harness, harness.locate(path))));
}

/** Everything in a tree, in a form that can be compared; undefined when it is not there. */
async function held<Spec>({ source, spec }: DataSourceHarness<Spec>, at: Location): Promise<unknown> {
  const reader = source.read(spec, at);
  const found: string[] = [];
  try {
    for await (const { path, type, permission } of reader.list()) {
      const content = type === 'file' ? await digestOf(await reader.open(path)) : 'directory';
      found.push(`${path} ${permission} ${content}`);
    }
  } catch (error) {
    if (isKind(error, 'missing')) return undefined;
    throw error;
  }
  return found;
}

async function digestOf(stream: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

let last: Label | undefined;

/** Later than every label before. */
function label(): Label {
  last = nextLabel(Date.now(), last);
  return last;
}

/** Names may look like what is joined with them. */
function newId(task = 'a_20260101000000'): FreezeId {
  return { task, creation: '20260102030405', label: label() };
}

function stopped(): Control {
  return { ...noControl(), signal: AbortSignal.abort() };
}

async function refused(kind: ErrorKind, promise: Promise<unknown>): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BackupError, `should have been refused as ${kind}, but: ${String(error)}`);
  assert.equal(error.kind, kind, error.message);
}
