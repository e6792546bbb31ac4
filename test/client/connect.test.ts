import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../client/connect';
import { openStage } from '../kit/stage';

/** It would end the process of whoever uses the library: no caller can catch it. */
test('a call that is tried again when its connection is closed ends as cancelled, and throws nothing beside', async () => {
  const stage = await openStage();
  const { client, close } = await connect({ address: stage.temporal.address });
  await stage.temporal.kill();
  const outcome = client.workflow
    .getHandle('any')
    .describe()
    .catch((error: unknown) => error);
  await sleep(500);
  await close();
  expect(await outcome).toMatchObject({ cause: { code: 1, details: 'Error: Channel has been shut down' } });
  await stage.close();
});
