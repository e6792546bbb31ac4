import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cairn, openCairn } from '../../../client';
import { type Ground, openGround, saying } from '../cluster';

let ground: Ground;
let cairn: Cairn;
let set: string;

beforeAll(async () => {
  ground = await openGround(undefined, { approval: { restorations: true, hours: 1 } });
  cairn = await openCairn({ address: ground.stage.temporal.address });
  await ground.apply('source');
  set = await ground.backUp('source');
});
afterAll(async () => {
  await cairn?.close();
  await ground?.close();
});

const create = (name: string) => ground.cairn(`restoration create ${name} --set ${set}`);
const image = () => readFile(join(ground.cluster.data, 'image'), 'utf8');
const statusOf = async (name: string) => (await cairn.restorations.show(name)).status;

/** Starts it with `--wait`, in the name of anna; gives the command once it is awaited. */
async function asked(name: string, more = '') {
  let seen = '';
  const ended = ground.cairn(`restoration start ${name} --yes --wait --as anna${more}`, {
    onStderr: (text) => (seen = text),
  });
  for (let time = 0; time < 200; time += 1) {
    const { awaits } = await cairn.restorations.show(name);
    if (awaits !== undefined && (more !== '' || seen.includes('awaits'))) return { ended, seen: () => seen };
    await sleep(50);
  }
  throw new Error(`"${name}" is not awaited: ${seen}`);
}

describe('a restoration that a second person must approve', () => {
  it('start says that it awaits that, until when, and who can give it; the lists show it', async () => {
    await create('one');
    await writeFile(join(ground.cluster.data, 'image'), 'newer');
    const { code, stdout } = await ground.cairn('restoration start one --yes --as anna');
    expect(stdout).toMatch(/^"one" awaits approval until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(key .*\)\n/);
    expect(stdout).toContain('somebody else gives it: cairn restoration approve one\n');
    expect(code).toBe(0);
    expect((await ground.cairn('restoration list')).stdout).toMatch(/^one +Ready, awaits approval/m);
    expect((await ground.cairn('restoration show one')).stdout).toMatch(
      /approval: +anna asked for restoration "one" at /,
    );
    expect((await ground.cairn('cluster list')).stdout).toContain('restoration one awaits approval');
    expect((await ground.cairn('cluster list --json')).json()).toMatchObject([{ awaitingApproval: ['one'] }]);
  });

  it('start of one that awaits it already ends with 11, and with who asked', async () => {
    expect(await ground.cairn('restoration start one --yes --as bert')).toMatchObject({
      code: 11,
      stderr: saying('awaits approval already: anna asked for it'),
    });
  });

  it('approve without --yes ends with 2, shows who asked and what is replaced, and approves nothing', async () => {
    const { code, stderr } = await ground.cairn('restoration approve one --as bert');
    expect(stderr).toContain('anna asked for restoration "one" at ');
    expect(stderr).toContain('"one" was not approved; it replaces:\n  NameService hacluster of cluster c1');
    expect(code).toBe(2);
    const no = await ground.cairn('restoration approve one --as bert', { isTerminal: true, answers: ['no'] });
    expect(no).toMatchObject({ code: 2, stderr: saying('replace it? (yes/no)') });
    expect((await cairn.restorations.show('one')).awaits).toMatchObject({ by: 'anna' });
  });

  it('approve by who asked ends with 12', async () => {
    expect(await ground.cairn('restoration approve one --yes --as ANNA')).toMatchObject({
      code: 12,
      stderr: saying('anna asked for restoration "one" and cannot approve it, too HINT: somebody else'),
    });
  });

  it('approve under an impossible name ends with 2', async () => {
    expect((await ground.cairn('restoration approve one --yes --as -')).code).toBe(2);
  });

  it('approve lets it run; its record and its history tell both names', async () => {
    expect(await image()).toBe('newer');
    const { code, stdout } = await ground.cairn('restoration approve one --yes --as bert --wait');
    expect(stdout).toMatch(/approval: +asked for by anna, approved by bert at /);
    expect(code).toBe(0);
    expect(await image()).toBe('data of c1');
    const approval = expect.objectContaining({ askedBy: 'anna', approvedBy: 'bert' }) as unknown;
    const runs = async () => (await cairn.restorations.history('one')).runs;
    for (let time = 0; time < 100 && (await runs())[0]?.approval === undefined; time += 1) await sleep(100);
    expect(await runs()).toMatchObject([{ outcome: 'Successful', approval }]);
    expect((await ground.cairn('restoration history one')).stdout).toMatch(/Successful +manual .* anna +bert/);
  });

  it('approve of what awaits nothing ends with 11', async () => {
    expect(await ground.cairn('restoration approve one --yes --as bert')).toMatchObject({
      code: 11,
      stderr: saying('restoration "one" awaits no approval: it is Successful HINT: '),
    });
  });
});

describe('start --wait', () => {
  it('says that it waits for somebody else, and follows the run that is approved', async () => {
    await create('two');
    const { ended, seen } = await asked('two', '');
    expect(seen()).toMatch(/awaits the approval of somebody else than anna, until \d{4}-/);
    expect((await ground.cairn('restoration approve two --yes --as bert')).stdout).toContain('"two" is started');
    expect(await ended).toMatchObject({ code: 0, stdout: saying('approved by bert') });
  });

  it('of one that is rejected ends with 1, and tells who did and why', async () => {
    await create('three');
    const { ended } = await asked('three');
    const rejected = await ground.cairn('restoration reject three --as bert --reason Friday');
    expect(rejected).toMatchObject({ code: 0, stdout: '"three": rejected\n' });
    expect(await ended).toMatchObject({ code: 1, stdout: saying('rejected by bert: Friday') });
    expect(await statusOf('three')).toBe('Stopped');
  });

  it('of one that is withdrawn, or whose task is deleted, ends with 1 and says so', async () => {
    const stopped = await asked('three');
    expect((await ground.cairn('restoration stop three')).stdout).toBe('"three": withdrawn\n');
    expect(await stopped.ended).toMatchObject({ code: 1, stdout: saying('withdrawn while it awaited approval') });
    const deleted = await asked('three');
    expect((await ground.cairn('restoration delete three')).code).toBe(0);
    expect(await deleted.ended).toMatchObject({ code: 1, stdout: saying('the task was deleted') });
  });

  it('tried again with its key, by another user, waits for the same request', async () => {
    await create('four');
    const first = await asked('four', ' --key build-4 --json');
    const second = ground.cairn('restoration start four --yes --wait --as carl --key build-4 --json');
    await sleep(500);
    await cairn.restorations.approve('four', { as: 'bert' });
    const records = [await first.ended, await second].map(({ json }) => json<{ label: string; approval: object }>());
    expect(records[0]).toMatchObject({ outcome: 'Successful', approval: { askedBy: 'anna', approvedBy: 'bert' } });
    expect(records[1]).toEqual(records[0]);
  });
});

describe('the library', () => {
  it('tells until when it awaits approval, and approves the request that is meant only', async () => {
    await create('five');
    const started = await cairn.restorations.start('five', { as: 'anna' });
    expect(started).toMatchObject({ did: 'awaits approval', awaitsUntil: expect.any(Number) as number });
    const request = await cairn.restorations.awaited('five');
    expect(request).toMatchObject({ key: started.key, by: 'anna' });
    await cairn.restorations.stop('five');
    await cairn.restorations.start('five', { as: 'carl' });
    await expect(cairn.restorations.approve('five', { as: 'bert', asked: request.key })).rejects.toMatchObject({
      kind: 'conflict',
      context: { refusal: 'notAwaited' },
    });
    await expect(cairn.restorations.approve('five', { as: 'carl' })).rejects.toMatchObject({
      kind: 'denied',
      context: { refusal: 'samePerson' },
    });
    const approved = await cairn.restorations.approve('five', { as: 'bert' });
    expect(await cairn.waitFor(approved)).toMatchObject({ outcome: 'Successful' });
  });
});
