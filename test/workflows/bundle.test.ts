import { staleQuery } from '../../model/messages';
import { bundleWorkflows } from '../../workers/workflow-bundle';

test('the workflows can be bundled: they import nothing that a workflow may not use', async () => {
  const { code } = await bundleWorkflows();
  expect(code.length).toBeGreaterThan(100_000);
  // Its interceptors are in it.
  expect(code).toContain(staleQuery);
});
