import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSets } from '../../../client/commands/set-views';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

describe('sets', () => {
  beforeAll(async () => {
    await ground.apply('kept');
    for (let time = 0; time < 2; time += 1) expect((await ground.cairn('task start kept --wait')).code).toBe(0);
  });

  it('list groups them by run, oldest first', async () => {
    const { json } = await ground.cairn('sets list --task kept --json');
    const runs = json<RunSets[]>();
    expect(runs.map(({ sets }) => sets.length)).toEqual([1, 1]);
    expect(runs[0]!.label < runs[1]!.label).toBe(true);
    expect(runs[0]!.sets[0]).toMatchObject({
      source: 'nameNode',
      part: 'hacluster',
      verified: 'readBack',
      cluster: 'c1',
    });
    const { stdout } = await ground.cairn('sets list --task kept');
    expect(stdout).toContain(runs[0]!.sets[0]!.name);
  });

  it('list of a task that nobody knows ends with 10, of a target that none is with 2', async () => {
    expect((await ground.cairn('sets list --task nobody')).code).toBe(10);
    expect((await ground.cairn('sets list --target moon')).code).toBe(2);
  });

  it('list takes a target from the names of a file', async () => {
    const file = join(ground.stage.folder, 'targets.yaml');
    await writeFile(
      file,
      'targets: { near: { kind: localDir } }\ntasks: [{ name: a, cluster: c1, sources: [{ source: nameNode, target: near }] }]',
    );
    expect((await ground.cairn(`sets list --target near -f ${file}`)).stdout).toContain('kept');
    expect(await ground.cairn(`sets list --target far -f ${file}`)).toMatchObject({
      code: 2,
      stderr: saying('possible are: localDir, near'),
    });
  });

  it('verify ends with 0 for sound ones: by name, by run, by task', async () => {
    const [first, second] = (await ground.setsOf('kept')) as [string, string];
    const label = second.slice(-14);
    expect((await ground.cairn(`sets verify ${first} --json`)).json()).toEqual([
      { name: first, level: 'content', bytesRead: expect.any(Number) as number, problems: [] },
    ]);
    expect((await ground.cairn(`sets verify --run kept@${label} --json`)).json()).toMatchObject([{ name: second }]);
    expect((await ground.cairn('sets verify --run kept@latest --json')).json()).toMatchObject([{ name: second }]);
    expect((await ground.cairn('sets verify --task kept --level structure --json')).json()).toMatchObject([
      { level: 'structure' },
      { level: 'structure' },
    ]);
  });

  it('verify that is not told which sets ends with 2, of sets that are not there with 10', async () => {
    expect((await ground.cairn('sets verify')).code).toBe(2);
    expect((await ground.cairn('sets verify nothing/like_20260101000000/this')).code).toBe(10);
    expect((await ground.cairn('sets verify --run kept@20010101000000')).code).toBe(10);
  });

  it('verify ends with 13 and the problem when one is damaged, at both levels', async () => {
    const [first, second] = (await ground.setsOf('kept')) as [string, string];
    await ground.damage(first);
    for (const level of ['structure', 'content']) {
      const { code, stderr, stdout } = await ground.cairn(`sets verify --task kept --level ${level}`);
      expect(stderr).toContain(`${first}: a problem\n  the archive ${first}.tar.gz has 10 bytes instead of`);
      expect(stderr).toContain(`${second}: sound (${level}`);
      expect({ code, stdout }).toEqual({ code: 13, stdout: '2 verified, 1 with problems\n' });
    }
  });

  it('list shows one whose manifest is damaged, with its problem, and never its control characters', async () => {
    const [, second] = (await ground.setsOf('kept')) as [string, string];
    await writeFile(join(ground.cluster.localBackup, `${second}.manifest.json`), '{"format":"\u001b[31m\u202e"}');
    const { stdout, code } = await ground.cairn('sets list --task kept');
    expect(stdout).toMatch(new RegExp(`damaged +${second}: `));
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    expect(code).toBe(0);
    expect(await ground.cairn('restoration create broken --run kept@latest --json')).toMatchObject({ code: 0 });
    expect(await ground.cairn(`restoration create broken2 --set ${second}`)).toMatchObject({
      code: 1,
      stderr: saying('cannot be restored'),
    });
  });
});
