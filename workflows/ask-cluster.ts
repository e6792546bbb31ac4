import { condition, getExternalWorkflowHandle, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Answer, Order } from '../model/command';
import { answerSignal, commandSignal } from './messages';

/** Asks a `cluster` workflow from within another workflow and waits for its answer, at most a minute. */
export async function askCluster(cluster: string, key: string, order: Order): Promise<Answer> {
  let given: Answer | undefined;
  setHandler(answerSignal, (answered, answer) => void (answered === key && (given ??= answer)), {
    description: 'The answer of the cluster workflow',
  });
  const command = { key, at: Date.now(), replyTo: workflowInfo().workflowId, order };
  try {
    await getExternalWorkflowHandle(cluster).signal(commandSignal, command);
  } catch {
    return { accepted: false, refusal: 'unknownCluster', message: `${cluster} does not run` };
  }
  await condition(() => given !== undefined, '1 minute', { summary: `for ${cluster} to answer` });
  return given ?? { accepted: false, refusal: 'unknownCluster', message: `${cluster} did not answer` };
}
