import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Applied } from '../../../client';
import { workFor } from '../../kit/stage';
import { openGround, type Ground, saying, taskNamed } from '../cluster';
import { soonMs } from '../../kit/pauses';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

describe('apply', () => {
  it('makes the tasks of a file, and says which it changed', async () => {
    const file = join(ground.stage.folder, 'tasks.yaml');
    const text = (copies: number) =>
      `targets: { near: { kind: localDir } }\ntasks: [{ name: applied, cluster: c1, sources: [{ source: nameNode, target: near, copies: ${copies} }] }]`;
    await writeFile(file, text(3));
    expect(await ground.cairn(`apply -f ${file}`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^cluster +task\nc1 +applied +created\n$/) as string,
    });
    expect((await ground.cairn(`apply -f ${file} --json`)).json()).toEqual([
      { cluster: 'c1', task: 'applied', did: 'unchanged' },
    ]);
    await writeFile(file, text(4));
    expect((await ground.cairn(`apply -f ${file} --json`)).json()).toMatchObject([{ did: 'changed' }]);
    expect((await ground.cairn('task show applied --json')).json()).toMatchObject({
      spec: { sources: [{ copies: 4, target: { kind: 'localDir' } }] },
    });
  });

  it('refuses a target that no name stands for, by its path', async () => {
    const stdin = 'tasks: [{ name: x, cluster: c1, sources: [{ source: nameNode, target: constructor }] }]';
    const { code, stderr } = await ground.cairn('apply -f -', { stdin });
    expect(stderr).toContain('tasks[0].sources[0].target: found "constructor"; allowed: a name from targets');
    expect(code).toBe(2);
  });

  it('refuses a name that stands twice, by its path', async () => {
    const { code, stderr } = await ground.apply('twin', 'other', 'twin');
    expect(stderr).toContain('tasks[2].name: found "twin"; allowed: each name once in a cluster');
    expect(code).toBe(2);
    expect((await ground.cairn('task show twin')).code).toBe(10);
  });

  it('tries all tasks, and tells of each what became of it', async () => {
    const good = { name: 'good', cluster: 'c1', sources: [{ source: 'nameNode', target: { kind: 'localDir' } }] };
    const bad = { ...good, name: 'bad', sources: [{ ...good.sources[0]!, nameServices: ['elsewhere'] }] };
    const { code, json } = await ground.cairn('apply -f - --json', { stdin: JSON.stringify({ tasks: [bad, good] }) });
    expect(json()).toEqual([
      {
        cluster: 'c1',
        task: 'bad',
        did: 'refused',
        refusal: 'invalid',
        message: saying('has no NameService "elsewhere"'),
      },
      { cluster: 'c1', task: 'good', did: 'created' },
    ]);
    expect(code).toBe(2);
  });

  it('of a cluster that nobody knows ends with 10 at once', async () => {
    const stdin = 'tasks: [{ name: x, cluster: nobody, sources: [{ source: nameNode, target: { kind: localDir } }] }]';
    const begin = Date.now();
    const { code, stderr } = await ground.cairn('apply -f -', { stdin });
    expect(stderr).toContain('cluster "nobody" is not known HINT: ');
    expect(code).toBe(10);
    expect(Date.now() - begin).toBeLessThan(soonMs);
  });

  it('of a file that is not there ends with 2', async () => {
    const { code, stderr } = await ground.cairn('apply -f /nowhere/tasks.yaml');
    expect(stderr).toContain('/nowhere/tasks.yaml cannot be read');
    expect(code).toBe(2);
  });
});

/** What stands in a file of tasks with a NameNode's metadata and, if wanted, service data. */
function taskOf(name: string, { copies = 24, paths = [] }: { copies?: number; paths?: string[] } = {}) {
  const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' };
  const data = paths.length === 0 ? [] : [{ source: 'hdfs', paths, target, copies }];
  return { name, cluster: 'c1', sources: [{ ...taskNamed(name).sources[0]!, copies }, ...data] };
}

const file = (...tasks: unknown[]) => ({ stdin: JSON.stringify({ tasks }) });

async function namesNow(): Promise<string[]> {
  return (await ground.cairn('task list --json')).json<{ name: string }[]>().map(({ name }) => name);
}

describe('apply --dry-run', () => {
  const broken = { ...taskOf('broken'), sources: [{ ...taskOf('broken').sources[0], nameServices: ['elsewhere'] }] };

  it('shows each field that would change on a line, and changes nothing', async () => {
    await ground.cairn('apply -f -', file(taskOf('dry', { paths: ['/data', '/user'] })));
    const before = await ground.cairn('task show dry --json');
    const long = `/${'long/'.repeat(30)}way`;
    const wanted = file(taskOf('dry', { copies: 3, paths: ['/data', '/user', long] }), taskOf('fresh'));
    const { code, stdout } = await ground.cairn('apply -f - --dry-run', wanted);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^cluster +task$/),
      expect.stringMatching(/^c1 +dry +would be changed$/),
      '    sources[0].copies: 24 → 3',
      expect.stringMatching(/^ {4}sources\[1\]\.paths\[2\]: nothing → "\/long\/long.+….+long\/way"$/),
      '    sources[1].copies: 24 → 3',
      expect.stringMatching(/^c1 +fresh +would be created$/),
      '',
    ]);
    expect(code).toBe(0);
    expect((await ground.cairn('task show dry --json')).json()).toEqual(before.json());
    expect(await namesNow()).not.toContain('fresh');
  });

  it('says what apply then does, with its exit code', async () => {
    const wanted = file(broken, taskOf('dry', { copies: 5 }), taskOf('dry-too'));
    const dry = await ground.cairn('apply -f - --dry-run --json', wanted);
    expect(dry.json()).toMatchObject([
      { task: 'broken', did: 'refused', refusal: 'invalid', message: saying('has no NameService "elsewhere" HINT: ') },
      { task: 'dry', did: 'changed' },
      { task: 'dry-too', did: 'created' },
    ]);
    const real = await ground.cairn('apply -f - --json', wanted);
    expect(dry.json<Applied[]>().map(({ changes: _, releasedBy: __, ...rest }) => rest)).toEqual(real.json());
    expect([dry.code, real.code]).toEqual([2, 2]);
    expect((await ground.cairn('apply -f - --dry-run', wanted)).stdout).toMatch(/dry +unchanged\n/);
  });

  it('tells who gives up the snapshots of service data that a task loses', async () => {
    await ground.cairn('apply -f -', file(taskOf('with-data', { paths: ['/data'] })));
    const { stdout, json } = await ground.cairn('apply -f - --dry-run --json', file(taskOf('with-data')));
    const [{ releasedBy, changes }] = json<[Applied]>();
    expect(releasedBy).toMatch(/^release\/c1\/with-data_\d{14}$/);
    expect(changes).toEqual([{ path: 'sources[1]', from: expect.objectContaining({ source: 'hdfs' }) as unknown }]);
    expect(stdout).not.toContain('"to"');
  });

  it('counts the tasks before against the limit', async () => {
    const many = Array.from({ length: 101 }, (_, place) => taskOf(`many-${place}`));
    const { code, json } = await ground.cairn('apply -f - --dry-run --json', file(...many));
    const applied = json<Applied[]>();
    expect(applied[0]).toMatchObject({ did: 'created' });
    expect(applied[100]).toMatchObject({ did: 'refused', refusal: 'limit' });
    expect(code).toBe(11);
    expect(await namesNow()).not.toContain('many-0');
  });

  it('of a cluster that nobody knows ends with 10', async () => {
    const { code, stderr } = await ground.cairn('apply -f - --dry-run', file({ ...taskOf('x'), cluster: 'nobody' }));
    expect(stderr).toContain('cluster "nobody" is not known');
    expect(code).toBe(10);
  });

  it('needs no worker, and says that it goes by what was known last', async () => {
    await ground.worker.stop();
    const { code, stdout, stderr } = await ground.cairn('apply -f - --dry-run', file(taskOf('dry', { copies: 6 })));
    ground.worker = await workFor(ground.cluster);
    expect(stderr).toContain('no worker answers now; this is what was known last');
    expect(stdout).toContain('sources[0].copies: 5 → 6');
    expect(code).toBe(0);
  });
});

describe('apply --prune', () => {
  const defaults = ['default', 'default-c1', 'default-oms'];

  beforeAll(async () => {
    const others = [...defaults, 'stays', 'goes'].map((name) => taskOf(name));
    await ground.cairn('apply -f -', file(...others, taskOf('goes-too', { paths: ['/data'] })));
  });

  it('deletes none in a cluster that refuses a task of the file', async () => {
    const before = await namesNow();
    const wrong = { ...taskOf('wrong'), sources: [{ ...taskOf('wrong').sources[0], nameServices: ['elsewhere'] }] };
    const { code, stdout } = await ground.cairn('apply -f - --prune', file(wrong, taskOf('stays')));
    expect(stdout).toMatch(/goes +kept, because a task of the file is refused\n/);
    expect(code).toBe(2);
    expect(await namesNow()).toEqual(before);
  });

  it('with --dry-run tells what it would delete, and deletes nothing', async () => {
    const before = await namesNow();
    const { code, stdout } = await ground.cairn('apply -f - --dry-run --prune', file(taskOf('stays')));
    expect(stdout).toMatch(/goes +would be deleted; its sets stay\n/);
    expect(stdout).toMatch(/ {4}snapshots that it keeps in the cluster go: workflow release\/c1\/goes-too_\d{14}\n/);
    expect(stdout).not.toContain('default');
    expect(code).toBe(0);
    expect(await namesNow()).toEqual(before);
  });

  it('tells of a task in use that it is refused, and deletes the others', async () => {
    await ground.apply('busy');
    ground.cluster.script.dumpMs = 60_000;
    await ground.cairn('task start busy');
    const dry = await ground.cairn('apply -f - --dry-run --prune --json', file(taskOf('stays'), taskOf('goes-too')));
    const real = await ground.cairn('apply -f - --prune --json', file(taskOf('stays'), taskOf('goes')));
    ground.cluster.script.dumpMs = 0;
    await ground.cairn('task stop busy');
    const refused = { cluster: 'c1', task: 'busy', did: 'refused', refusal: 'inUse', message: saying('stop it first') };
    for (const { code, json } of [dry, real]) {
      expect(json()).toContainEqual(refused);
      expect(code).toBe(11);
    }
    expect(real.json()).toContainEqual({
      cluster: 'c1',
      task: 'goes-too',
      did: 'deleted',
      releasedBy: expect.stringMatching(/^release\/c1\/goes-too_\d{14}$/) as string,
    });
    expect((await namesNow()).sort()).toEqual(['busy', ...defaults, 'goes', 'stays']);
  });

  it('by two at once ends well for both', async () => {
    await ground.apply('two-1', 'two-2', 'two-3');
    const wanted = file(...['stays', 'goes', 'busy'].map((name) => taskOf(name)));
    const both = await Promise.all([1, 2].map(() => ground.cairn('apply -f - --prune', { ...wanted })));
    expect(both.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
    expect(await namesNow()).toEqual(['busy', ...defaults, 'goes', 'stays']);
  });

  it('leaves sets, restoration tasks and default tasks alone', async () => {
    const set = await ground.backUp('goes');
    await ground.cairn('restoration create back --run goes@latest');
    const { code, stdout } = await ground.cairn('apply -f - --prune', file(taskOf('stays')));
    expect(stdout).toMatch(
      /^c1 +stays +unchanged\nc1 +busy +deleted; its sets stay\nc1 +goes +deleted; its sets stay\n$/m,
    );
    expect(code).toBe(0);
    expect(await namesNow()).toEqual([...defaults, 'stays']);
    expect((await ground.cairn('restoration show back')).code).toBe(0);
    expect((await ground.cairn('sets list --target localDir')).stdout).toContain(set);
  });
});
