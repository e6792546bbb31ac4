import type { Connection } from '@temporalio/client';
import { log } from './log';

const wantedDays = 90;

/** The audit log and a terminated `cluster` workflow's state are as old as the namespace's retention at most. */
export async function warnOfRetention(connection: Connection, namespace: string): Promise<void> {
  const about = await connection.workflowService.describeNamespace({ namespace });
  const days = Number(about.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
  if (days >= wantedDays) return;
  log.warn(
    `namespace ${namespace} keeps closed workflows for ${days} days only. HINT: temporal operator namespace update --retention ${wantedDays}d ${namespace}`,
  );
}
