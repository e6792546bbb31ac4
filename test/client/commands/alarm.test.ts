import { type AlarmView, openCairn } from '../../../client';
import { rescueCluster } from '../../../client/rescue';
import { newCluster } from '../../../model/cluster-state';
import { workflowIds } from '../../../model/names';
import { untilState } from '../../kit/stage';
import { openGround, type Ground, saying, untilListed } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
  await untilState(ground.stage, 'c1', ({ alarms }) => alarms.length === 1);
  const state = newCluster({ ...ground.cluster.plugins.facts('c1'), id: 'c2' });
  await rescueCluster(ground.stage.client, 'c2', { state, inbox: [] });
  await untilListed(ground, 2);
});
afterAll(() => ground?.close());

async function endWorkflowOf(cluster: string): Promise<void> {
  await ground.stage.client.workflow.getHandle(workflowIds.cluster(cluster)).terminate('by mistake');
}

describe('alarm list, where somebody ended the workflow of a cluster,', () => {
  const c2IsSilent =
    'the alarms of cluster "c2" cannot be told: somebody ended the workflow of cluster "c2" HINT: "cairn cluster rescue c2"';
  beforeAll(() => endWorkflowOf('c2'));

  it('shows the alarms of the others, says which it could not ask and why, and ends with 3', async () => {
    const { code, stdout, stderr } = await ground.cairn('alarm list');
    expect(stdout).toMatch(/^ALM-12057 +c1 /m);
    expect(stderr).toContain(`cairn: ${c2IsSilent}`);
    expect(code).toBe(3);
  });

  it('does the same with --json: the alarms on stdout, the error on stderr', async () => {
    const { code, json, stderr } = await ground.cairn('alarm list --json');
    expect(json<AlarmView[]>()).toMatchObject([{ cluster: 'c1', id: '12057' }]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'precondition', message: saying('cluster "c2"') } });
    expect(code).toBe(3);
  });

  it('ends with 0 for a cluster that answers, and with 1 for that one', async () => {
    expect(await ground.cairn('alarm list --cluster c1')).toMatchObject({ code: 0, stderr: '' });
    expect(await ground.cairn('alarm list --cluster c2')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: saying('somebody ended the workflow of cluster "c2"'),
    });
  });

  it('the library tells it to who asks, and throws otherwise', async () => {
    const cairn = await openCairn({ address: ground.stage.temporal.address });
    const silent: string[] = [];
    const alarms = await cairn.alarms(undefined, { onSilent: ({ cluster }) => silent.push(cluster) });
    expect([alarms.map(({ cluster }) => cluster), silent]).toEqual([['c1'], ['c2']]);
    await expect(cairn.alarms()).rejects.toMatchObject({ kind: 'precondition', what: saying('cluster "c2"') });
    await cairn.close();
  });

  it('is an error that names all of them when none can be asked', async () => {
    await endWorkflowOf('c1');
    const { code, stdout, stderr } = await ground.cairn('alarm list');
    expect(stderr).toMatch(/2 of 2 clusters do not tell their alarms:\n {2}.*"c1".*\n {2}.*"c2"/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
