import {
  condition,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Answer, Command, Order } from '../model/command';
import { type Label, labelAt } from '../model/label';
import { workflowIds } from '../model/names';
import { productSettings } from '../model/settings';
import type { BackupTask } from '../model/task';
import { answerAttribute, requestAttributes } from './labels';
import { answerSignal, commandSignal } from './messages';
import { requestPage } from './request-page';
import { controlSteps, hostSteps } from './steps';

export interface RequestInput {
  readonly cluster: string;
  readonly key: string;
  readonly order: Order;
}

/**
 * How long it waits for an answer each time it has asked. One comes within milliseconds; asked again in case the first was
 * lost with a terminated `cluster`. Not more often: whoever cannot answer yet, because thousands ask, must not be asked more.
 */
const patience = ['10 seconds', '50 seconds'] as const;

/**
 * One command to a cluster, from people, pipelines or a schedule: asks `cluster`, ends with its answer.
 * The closed ones are the audit log.
 */
export async function request(given: RequestInput): Promise<Answer> {
  const input = given.order.do === 'trigger' ? planned(given, given.order) : given;
  return await answerOf(input);
}

/** A schedule starts all its requests alike; to each it adds its planned time. Somebody who triggers it by hand has none. */
function planned({ cluster }: RequestInput, { task }: Extract<Order, { do: 'trigger' }>): RequestInput {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const time = (typedSearchAttributes.get(scheduledTime) ?? startTime).getTime();
  return { cluster, key: `planned-${task}-${labelAt(time)}`, order: { do: 'trigger', task, planned: time } };
}

const scheduledTime = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

async function answerOf(input: RequestInput): Promise<Answer> {
  let given: Answer | undefined;
  setHandler(answerSignal, (key, answer) => void (key === input.key && (given ??= answer)), {
    description: 'The answer of the cluster workflow',
  });
  upsertSearchAttributes(requestAttributes(input.cluster, input.order));
  setCurrentDetails(requestPage(input));
  const at = workflowInfo().startTime.getTime();
  const order = await complete(input);
  const command: Command = { key: input.key, at, replyTo: workflowInfo().workflowId, order };
  const answer = await ask(input.cluster, command, () => given);
  upsertSearchAttributes(answerAttribute(answer));
  setCurrentDetails(requestPage(input, answer));
  return answer;
}

async function ask(cluster: string, command: Command, given: () => Answer | undefined): Promise<Answer> {
  const handle = getExternalWorkflowHandle(workflowIds.cluster(cluster));
  for (const [time, wait] of patience.entries()) {
    const delivered = await handle.signal(commandSignal, command).then(
      () => true,
      (error: unknown) => {
        log.warn('the cluster workflow is not there', { cluster, error });
        return false;
      },
    );
    if (!delivered && time > 0) return unknownCluster(cluster);
    if (await condition(() => given() !== undefined, wait, { summary: 'for the cluster to answer' })) return given()!;
  }
  return unknownCluster(cluster);
}

function unknownCluster(cluster: string): Answer {
  const message = `nobody answers for cluster "${cluster}". HINT: "cairn cluster list" shows the clusters that workers serve; "cairn cluster rescue ${cluster}" starts its workflow again where somebody terminated it`;
  return { accepted: false, refusal: 'unknownCluster', message };
}

/** A new task goes on in the folder that its name already has on its target, from before this Temporal. */
async function complete({ cluster, order }: RequestInput): Promise<Order> {
  if (order.do !== 'putTask' || order.task.kind !== 'backup') return order;
  const creation = await olderCreation(cluster, order.task).catch((error: unknown) => {
    log.warn('the target could not be looked at for an older folder of this task', { error });
    return undefined;
  });
  return creation === undefined ? order : { ...order, creation };
}

async function olderCreation(cluster: string, task: BackupTask): Promise<Label | undefined> {
  const few = { ...productSettings, attempts: 2 };
  const creations: Label[] = [];
  for (const { target } of task.sources) {
    const hosts = await controlSteps(few).targetHosts({ cluster, target });
    for (const host of hosts.slice(0, 1)) {
      const steps = hostSteps(host, few, { scheduleToStartTimeout: '10 seconds' });
      const found = await steps.findCreation({ cluster, target, task: task.name });
      if (found !== undefined) creations.push(found);
    }
  }
  return creations.sort().at(-1);
}
