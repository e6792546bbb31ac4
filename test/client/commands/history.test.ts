import { openCairn, type TaskHistory } from '../../../client';
import type { Command, Order } from '../../../model/command';
import { messages } from '../../../model/messages';
import { workflowIds } from '../../../model/names';
import { untilState } from '../../kit/stage';
import { openGround, type Ground, taskNamed } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

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
