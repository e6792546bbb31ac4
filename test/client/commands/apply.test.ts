import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGround, type Ground, saying } from '../cluster';

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
    expect(Date.now() - begin).toBeLessThan(5000);
  });

  it('of a file that is not there ends with 2', async () => {
    const { code, stderr } = await ground.cairn('apply -f /nowhere/tasks.yaml');
    expect(stderr).toContain('/nowhere/tasks.yaml cannot be read');
    expect(code).toBe(2);
  });
});
