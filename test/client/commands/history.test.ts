import { openCairn, type TaskHistory } from '../../../client';
import type { Command, Order } from '../../../model/command';
import { BackupError } from '../../../model/errors';
import { messages } from '../../../model/messages';
import { workflowIds } from '../../../model/names';
import { until } from '../../kit/pauses';
import { stateOf, untilState } from '../../kit/stage';

import { openGround, type Ground, taskNamed } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

const runOf = (cluster: string) => ground.stage.client.workflow.getHandle(workflowIds.run(cluster));

async function historyOf(task: string): Promise<TaskHistory> {
  return (await ground.cairn(`task history ${task} --json`)).json();
}

/** The server's lists are a moment late. */
async function untilHistory(task: string, isSo: (history: TaskHistory) => boolean): Promise<TaskHistory> {
  return await until(async () => {
    const history = await historyOf(task);
    return isSo(history) && history;
  });
}

describe('the history of a task', () => {
  let set: string;
  beforeAll(async () => {
    await ground.apply('daily');
    set = await ground.backUp('daily');
  });

  it('tells of a successful run when it ended and where its set lies', async () => {
    const { stdout } = await ground.cairn('task history daily');
    expect(stdout).toMatch(/^label +started +ended +took +outcome +trigger +bytes$/m);
    const [time, label] = [String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`, set.slice(-14)];
    expect(stdout).toMatch(new RegExp(`^${label} +${time} +${time} +.* Successful +manual`, 'm'));
    expect(stdout).toContain(`\n${label} set of nameNode hacluster: ${set} on localDir of test-host\n`);
    const [run] = (await historyOf('daily')).runs;
    const where = { source: 'nameNode', part: 'hacluster', target: { kind: 'localDir' }, host: 'test-host' };
    expect(run).toMatchObject({ label, end: expect.any(Number) as number, sets: [{ ...where, set }] });
    expect(run).not.toHaveProperty('reason');
  });

  it('tells of a failed run why', async () => {
    const upsideDown = 'the source is upside down, and that is told in full. '.repeat(6).trim();
    ground.cluster.script.errors = { dump: [new BackupError('precondition', upsideDown, { hint: 'turn it' })] };
    expect((await ground.cairn('task start daily --wait')).code).toBe(1);
    const [run] = (await historyOf('daily')).runs;
    const reason = `nameNode hacluster: ${upsideDown} HINT: turn it`;
    expect(run).toMatchObject({ outcome: 'Failed', reason });
    expect(run).not.toHaveProperty('sets');
    expect((await ground.cairn('task history daily')).stdout).toContain(`\n${run!.label} reason: ${reason}\n`);
  });

  it('tells of a run that somebody terminated who ended it; its clean-up is no run', async () => {
    ground.cluster.script.dumpMs = 60_000;
    const { dump } = ground.cluster.script.calls!;
    const waiting = ground.cairn('task start daily --wait');
    while (ground.cluster.script.calls!.dump === dump) await new Promise((resolve) => setTimeout(resolve, 50));
    ground.cluster.script.dumpMs = 0;
    await runOf('c1').terminate('by mistake');
    expect((await waiting).code).toBe(1);
    const { runs } = await untilHistory('daily', ({ runs: [newest] }) => newest?.reason !== undefined);
    expect(runs.map(({ outcome }) => outcome)).toEqual(['Failed', 'Failed', 'Successful']);
    expect(runs[0]).toMatchObject({ reason: 'terminated by hand: by mistake' });
    expect(runs[0]).not.toHaveProperty('forgotten');
  });

  it('says of a run that the server has dropped that its record is gone, and shows what is left', async () => {
    const first = (await historyOf('daily')).runs.at(-1)!;
    const { ended } = await stateOf(ground.stage, 'c1');
    const { runId } = ended.find(({ label }) => label === first.label)!;
    const execution = { workflowId: workflowIds.run('c1'), runId: runId! };
    const { client } = ground.stage;
    await client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution: execution });
    const { runs } = await untilHistory('daily', (history) => history.runs.at(-1)!.forgotten === true);
    const { label, outcome, bytes, end } = first;
    expect(runs.at(-1)).toMatchObject({ label, outcome, bytes, forgotten: true });
    expect(Math.abs(runs.at(-1)!.end - end)).toBeLessThan(2000);
    expect(runs.at(-1)).not.toHaveProperty('sets');
    const { stdout } = await ground.cairn('task history daily');
    expect(stdout).toContain(`\n${label} the server keeps its record no longer\n`);
  });

  it('of a restoration names the set that it restored', async () => {
    const kept = await ground.backUp('daily');
    expect((await ground.cairn(`restoration create back --set ${kept}`)).code).toBe(0);
    expect((await ground.cairn('restoration start back --yes --wait')).code).toBe(0);
    const { stdout } = await ground.cairn('restoration history back');
    expect(stdout).toMatch(new RegExp(`^\\d{14} set of nameNode hacluster: ${kept}`, 'm'));
  });
});

describe('the history of a periodic task with a postponed run', () => {
  const day = 86_400_000;
  /** So near that it may be asked for, and still to come: the schedule asks later. */
  let planned: number;
  const text = (moment: number) => `${new Date(moment).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

  /** A run by hand has just started when the planned time comes: the product's 120 s are not over. */
  beforeAll(async () => {
    planned = Math.ceil(Date.now() / 1000 + 100) * 1000;
    const periodic = { mode: 'periodic', started: new Date(planned).toISOString(), period: { days: 1 } };
    await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [{ ...taskNamed('nightly'), ...periodic }] }) });
    expect((await ground.cairn('task start nightly --wait')).code).toBe(0);
    const order: Order = { do: 'trigger', task: 'nightly', planned };
    const command: Command = { key: 'planned', at: Date.now(), replyTo: 'nobody', order };
    await ground.stage.client.workflow.getHandle(workflowIds.cluster('c1')).signal(messages.command, command);
    await untilState(ground.stage, 'c1', ({ tasks }) => tasks['nightly']!.notRun !== undefined);
  });

  const why = /its latest run started \d+ s before, more than 120 s must be between/;

  it('tells why, and the next planned time', async () => {
    const { stdout } = await ground.cairn('task history nightly');
    const line = stdout.split('\n').find((one) => one.startsWith(text(planned)));
    expect(line).toMatch(new RegExp(`postponed +${text(planned + day)} +${why.source}`));
    expect(stdout).toMatch(/^planned +no run +next planned +reason$/m);
  });

  it('tells the same with --json and in the library, beside the runs', async () => {
    const { json } = await ground.cairn('task history nightly --json');
    const told = json<TaskHistory>();
    expect(told).toMatchObject({
      runs: [{ outcome: 'Successful', trigger: 'manual' }],
      notRun: [{ what: 'postponed', times: 1, next: planned + day, reason: expect.stringMatching(why) as string }],
    });
    const cairn = await openCairn({ address: ground.stage.temporal.address });
    expect((await cairn.history('nightly')).notRun).toEqual(told.notRun);
    await cairn.close();
  });
});
